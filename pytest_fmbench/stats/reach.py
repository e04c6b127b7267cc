"""How far the share below a quantile may be from ``q``: what dependence makes of a run, as one number.

A long excursion of a queue is rare. A run that met none shows too few large values and, for the same reason, too
little dependence among them. Dependence is therefore also read where every run shows it: at the median, the upper
quartile and the ninth decile. Constants were chosen by trial on M/M/8 and other queues, and are checked by
``python -m tests.calibration``; see docs/statistics.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.batches import batch_variance
from pytest_fmbench.stats.dependence import Dependence, dependence
from pytest_fmbench.stats.student import t_quantile

CENTRE = (0.5, 0.75, 0.9)
"""Where dependence shows in every run."""

LEAST_STRETCHES = 58.0
"""Stretches below which a rare excursion may be missing from the run, so that nothing bounds it from above."""

_OWN = 0.4
_STRETCHES_PER_DEGREE = 20.0
_LEAST_DEGREES = 2.0
_OWN_BATCHES = 8


@dataclass(frozen=True)
class Reach:
    """What an indicator's share is known to.

    :param effect: design effect of the share; 1 where the samples do not show dependence.
    :param own: the same, as the indicator alone shows it.
    :param degrees: of freedom of the t quantile; infinite for independent samples, whose bounds are exact.
    :param open: whether the run holds too few independent stretches to bound the rare side.
    """

    effect: float
    own: float
    degrees: float
    open: bool

    def half_width(self, share: float, n: int, risk: float) -> float:
        """Of the share of ``n`` indicators, at its true value ``share``; 0 where exact bounds say it all."""
        if math.isinf(self.degrees):
            return 0.0
        return t_quantile(risk, self.degrees) * math.sqrt(self.effect * share * (1.0 - share) / n)


def reach(indicator: Floats, share: float, centre: list[Dependence]) -> Reach:
    """That of ``indicator``, whose share is ``share``, beside indicators at the centre of the same samples.

    Formula: effect = max(own, own^0.4 c^0.6), where c is the largest effect at the centre; degrees of freedom are
    stretches / 20, two at least. Where no correlation is evident, the samples count as independent.
    """
    alone = dependence(indicator)
    widest = max(centre or [alone], key=lambda one: one.effect)
    if not (alone.evident or any(one.evident for one in centre)):
        return Reach(1.0, 1.0, math.inf, open=False)
    own = max(alone.effect, batch_variance(indicator, _OWN_BATCHES) / (share * (1.0 - share)))
    effect = max(own, own**_OWN * widest.effect ** (1.0 - _OWN))
    degrees = max(_LEAST_DEGREES, widest.stretches / _STRETCHES_PER_DEGREE)
    return Reach(effect, own, degrees, open=widest.stretches < LEAST_STRETCHES)


def centre_of(samples: Floats) -> list[Dependence]:
    """Dependence of the indicators at the centre of ``samples``."""
    ranks = [math.ceil(level * samples.size) - 1 for level in CENTRE]
    levels = np.partition(samples, ranks)[ranks]
    return [dependence((samples <= level).astype(np.float64)) for level in levels]
