"""How far a mean or a share may be from the truth: what dependence makes of a run, in a few numbers.

A long excursion of a queue is rare. A run that met none shows too few large values and, for the same reason, too
little dependence among them. Dependence is therefore also read where every run shows it: at the median, the upper
quartile and the ninth decile. Constants were chosen by trial on M/M/8 and other queues, and are checked on other
runs by ``python -m tests.calibration``; see docs/statistics.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.batches import batch_variance
from pytest_fmbench.stats.dependence import Dependence, dependence
from pytest_fmbench.stats.order import Order
from pytest_fmbench.stats.series import Series, at_most
from pytest_fmbench.stats.student import t_quantile

CENTRE = (0.5, 0.75, 0.9)
"""Where dependence shows in every run."""

LEAST_STRETCHES = 54.0
"""Stretches below which a rare excursion may be missing from the run, so that nothing bounds it from above."""

SMALL = 1_000
"""Requests below which an end that the data do not bound is put four times as far off instead of nowhere.

So few are a smoke test, whose limits are far away. Of M/M/8 runs of 100 to 900 requests at loads 0.7 to 0.9 that were
open, the truth lay further off in 1.6 % at most (mean, p50, p95 and share); docs/statistics.md has more.
"""

_FAR = 4.0
_BELIEVED, _ALWAYS_BELIEVED = 5.0, 200.0
_STRETCHES_PER_DEGREE = 25.0
_LEAST_DEGREES = 2.0
_OWN_BATCHES = 8


@dataclass(frozen=True)
class Reach:
    """What a mean is known to.

    :param effect: design effect; 1 at least.
    :param own: the same, as the samples alone show it.
    :param stretches: independent ones in the run.
    :param evident: whether there is dependence at all.
    :param rounds: times that it was begun anew, as ``stretches`` are of all rounds.
    """

    effect: float
    own: float
    stretches: float
    evident: bool
    rounds: int = 1

    @property
    def open(self) -> bool:
        """Whether there are too few independent stretches to bound the rare side.

        A round needs half as many as a run that is alone, however many rounds there are: one that is short sees too
        little of what lasts long, and so do all of them.
        """
        return self.evident and self.stretches < LEAST_STRETCHES * max(1.0, self.rounds / 2.0)

    def opened(self, distance: float, n: int) -> float:
        """How far an end lies that would lie ``distance`` off: infinitely where it is not bounded, or four times."""
        if not self.open:
            return distance
        return _FAR * distance if n < SMALL else math.inf

    def t(self, risk: float) -> float:
        """Standard errors that are exceeded with probability ``risk``: Student's, with stretches / 25 degrees."""
        return t_quantile(risk, _degrees(self.stretches) if self.evident else math.inf)

    def t_hidden(self, risk: float, n: int) -> float:
        """The same for the end that a calm run of ``n`` samples hides: of no more stretches than are believed."""
        return t_quantile(risk, _degrees(self.believed(n)))

    def believed(self, n: int) -> float:
        """Stretches that ``n`` samples are believed to hold: 5 sqrt(n) or 200 at most, whichever is more.

        A queue that was calm shows little dependence, or none. Nearly all runs that look better than they are do.
        """
        most = max(_ALWAYS_BELIEVED, _BELIEVED * math.sqrt(n))
        return min(self.stretches, most) if self.evident else most


def reach(own: Series, share: float, centre: list[Dependence]) -> Reach:
    """That of an indicator, whose share is ``share``, beside indicators at the centre of what lies behind it.

    Formula: effect = max(own, sqrt(own c)), where c is the largest effect at the centre, whose stretches count.
    Where no correlation is evident, the samples count as independent. Equal flags show no dependence of their own.
    """
    alone = dependence(own)
    widest = max(centre or [alone], key=lambda one: one.effect)
    if not (alone.evident or any(one.evident for one in centre)):
        return Reach(1.0, 1.0, float(own.n), evident=False)
    spread = _batched(own) / (share * (1.0 - share)) if own.variance else 1.0
    effect = max(alone.effect, spread)
    return Reach(max(effect, math.sqrt(effect * widest.effect)), effect, widest.stretches, evident=True)


def reach_of_mean(own: Series, centre: list[Dependence]) -> Reach:
    """That of the samples themselves: long excursions weigh as much in their dependence as in their mean."""
    alone = dependence(own)
    evident = alone.evident or any(one.evident for one in centre)
    effect = max(alone.effect, _batched(own) / own.variance) if evident and own.variance else alone.effect
    widest = max(centre or [alone], key=lambda one: one.effect)
    return Reach(effect, alone.effect, widest.stretches, evident)


def together(parts: Sequence[tuple[int, Reach]]) -> Reach:
    """That of rounds, which do not depend on each other, each with its number of samples.

    Variances of sums add up, so effects are averaged by samples. So are the lengths of stretches, which say how many
    there are: a round that shows hardly any dependence does not make up for others.
    """
    n = sum(size for size, _ in parts)
    effect, own = (
        sum(size * value for (size, _), value in zip(parts, values, strict=True)) / n
        for values in ([found.effect for _, found in parts], [found.own for _, found in parts])
    )
    length = sum(size * size / found.stretches for size, found in parts) / n
    return Reach(effect, own, n / length, any(found.evident for _, found in parts), len(parts))


def _degrees(stretches: float) -> float:
    return max(_LEAST_DEGREES, stretches / _STRETCHES_PER_DEGREE)


def centre_of(samples: Floats, order: Order) -> list[Dependence]:
    """Dependence of the indicators at the centre of ``samples``, whose ``order`` is at hand."""
    levels = (order.at(math.ceil(level * samples.size) - 1) for level in CENTRE)
    return [dependence(at_most(samples, level)) for level in levels]


def _batched(own: Series) -> float:
    """The variance by batch means, in units of single samples."""
    return own.size * batch_variance(own.points, _OWN_BATCHES) if own.points.size >= _OWN_BATCHES else 0.0
