"""What rounds say by how they differ: the delete-one-round jackknife.

Its usual factor (rounds - 1) / rounds is left out, as in comparisons: with it, intervals of p95 and p99 missed the
truth more often than stated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.logs import around
from pytest_fmbench.stats.paired import log_moves
from pytest_fmbench.stats.student import t_quantile

Ends = tuple[float, float]

NOTHING: Ends = (-math.inf, math.inf)


def ends_between(values: Floats, risk: float) -> Ends:
    """The interval of a statistic, given that of all rounds and, one by one, that of all without each.

    Formula: value exp(+- t error), error^2 = sum of (l_k - l)^2, where l is the logarithm of the statistic and l_k that
    without round k, and t is Student's with rounds - 1 degrees of freedom. One of the ends lies farther off by the
    jackknife's estimate of the bias, (rounds - 1) (mean of l_k - l): few rounds hardly meet the slow servers that a
    high percentile of all servers is made of. The same without logarithms where one of them does not exist. Nothing
    is bounded by fewer than two rounds.
    """
    if values.size < 3 or not np.isfinite(values).all():
        return NOTHING
    value, moves = float(values[0]), log_moves(values)
    if moves is not None:
        return around(value, *_reaches(moves.tolist(), risk))
    below, above = _reaches([one - value for one in values[1:].tolist()], risk)
    return value - below, value + above


def _reaches(moves: Sequence[float], risk: float) -> tuple[float, float]:
    """Below and above; infinite beyond floats."""
    less, count = len(moves) - 1.0, len(moves)
    reach, bias = t_quantile(risk, less) * math.hypot(*moves), less * sum(move / count for move in moves)
    return reach + max(0.0, bias), reach + max(0.0, -bias)


def size_between(values: Floats, n: int, risk: float) -> float:
    """How many independent flags would say as much of their share as these ``n`` do, by how rounds differ.

    Formula: n / (D (t / z)^2), n at most, where D is the variance by the jackknife over that of n independent flags,
    t is Student's with rounds - 1 degrees of freedom and z the normal one. Flags that are all equal show no difference.
    Source: Korn and Graubard, Survey Methodology 24 (1998), whose clusters are our rounds.

    :param values: the share of all rounds, two at least, and then that of all without each.
    """
    share = float(values[0])
    if share in {0.0, 1.0}:
        return float(n)
    effect = n * math.hypot(*(values[1:] - share)) ** 2 / (share * (1.0 - share))
    return n / max(1.0, effect * (t_quantile(risk, values.size - 2.0) / NormalDist().inv_cdf(risk)) ** 2)
