"""Student's t distribution, for the price of an estimated variance."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

from pytest_fmbench.stats.beta import beta_quantile

_NORMAL = 1_000.0
"""Degrees of freedom from which the normal distribution is as good: 0.1 % at a risk of 2.5 %."""


@lru_cache(maxsize=1024)
def t_quantile(tail: float, degrees: float) -> float:
    """The value that Student's t with ``degrees`` of freedom exceeds with probability ``tail``, at most 1/2.

    Formula: sqrt(degrees (1 / x - 1)), where x is the 2 tail-quantile of the beta distribution with shapes
    degrees / 2 and 1/2. Source: Abramowitz and Stegun, 26.7.1 and 26.5.27.
    """
    if degrees >= _NORMAL:
        return -NormalDist().inv_cdf(tail)
    x = beta_quantile(2.0 * tail, degrees / 2.0, 0.5)
    return math.sqrt(max(0.0, degrees * (1.0 / x - 1.0)))
