"""The exact bounds of a quantile of independent samples, as ranks."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache
from statistics import NormalDist

from pytest_fmbench.stats.beta import beta_cdf

ROUNDING = 1.0 + 1e-9
"""A risk that is exactly spent must not be lost to the last bit of a logarithm."""


@lru_cache(maxsize=1024)
def binomial_rank(n: int, q: float, risk: float) -> int:
    """The largest rank whose order statistic exceeds the ``q``-quantile with probability ``risk`` at most, or 0.

    That is when fewer than ``rank`` of n independent samples lie below it, a binomial tail. It is searched for round
    the normal limit, because a tail of millions takes milliseconds.
    """
    middle = round(n * q + NormalDist().inv_cdf(risk) * math.sqrt(n * q * (1.0 - q)))
    width, middle = 2, min(max(1, middle), n)
    while True:
        first, last = max(1, middle - width), min(n, middle + width)
        ranks, spent = range(first, last + 1), risk * ROUNDING
        found = first - 1 + bisect_right(ranks, spent, key=lambda rank: beta_cdf(1.0 - q, n - rank + 1, rank))
        if (found >= first or first == 1) and (found < last or last == n):
            return found
        width *= 8
