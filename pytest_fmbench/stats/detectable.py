"""What a comparison can find: the smallest effect for so many pairs, and the pairs for an effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from pytest_fmbench.errors import UsageError
from pytest_fmbench.stats.inputs import inside
from pytest_fmbench.stats.paired import MINIMUM_PAIRS, log_moves
from pytest_fmbench.stats.pooled import Block, is_empty, pooled
from pytest_fmbench.stats.student import t_quantile

_MOST_PAIRS = 1 << 20
_GRID, _WIDTH = 200, 6.0
"""Points of S, and how many of its standard deviations they reach to either side."""


def detectable(spread: float, pairs: int, *, alpha: float = 0.05, power: float = 0.9) -> float:
    """The smallest candidate / baseline above 1 that ``pairs`` find in a share ``power`` of comparisons.

    Its inverse is the largest below 1. Found is what :func:`~pytest_fmbench.stats.paired.paired_ratio` tells from 1
    at ``alpha``, one-sided. Formula: exp(d spread / sqrt pairs), where d is the shift of noncentral t with pairs - 1
    degrees of freedom that exceeds the quantile with probability ``power``. inf for fewer than 4 pairs.

    :param spread: of one pair, as a :class:`~pytest_fmbench.stats.paired.PairedRatio` or :func:`spread_of` says;
        blocks m times as long have 1 / sqrt m of it.
    :param alpha: where m statistics are judged, alpha / m is the safe value.
    :raises UsageError: for a negative or infinite ``spread``, ``alpha`` outside (0, 0.5), or ``power`` outside (0, 1).
    """
    _check(spread, alpha, power)
    if pairs < MINIMUM_PAIRS:
        return math.inf
    return math.exp(min(709.0, _shift(pairs, alpha, power) * spread / math.sqrt(pairs)))


def pairs_needed(spread: float, ratio: float, *, alpha: float = 0.05, power: float = 0.9) -> int:
    """The fewest pairs that find ``ratio``, or its inverse, in a share ``power`` of comparisons.

    :raises UsageError: as :func:`detectable`, for a ``ratio`` that is 1 or not positive, or where a million pairs
        would not do.
    """
    if not (0.0 < ratio < math.inf) or ratio == 1.0:
        raise UsageError(f"ratio is {ratio}; an effect is a ratio above 0 other than 1, such as 1.1 for 10 % more")
    wanted = max(ratio, 1.0 / ratio)
    enough = MINIMUM_PAIRS
    while detectable(spread, enough, alpha=alpha, power=power) > wanted:
        enough *= 2
        if enough > _MOST_PAIRS:
            raise UsageError(f"ratio {ratio} takes over a million pairs of this length; longer blocks may find it")
    low = enough // 2
    while enough - low > 1:
        middle = (low + enough) // 2
        found = detectable(spread, middle, alpha=alpha, power=power) <= wanted
        low, enough = (low, middle) if found else (middle, enough)
    return enough


def spread_of(blocks: Sequence[Block], q: float | None = None) -> float:
    """The spread to expect of a pair, from one arm alone, such as a stored run cut into blocks of a pair's length.

    Formula: sqrt 2 times that of the arm. What the arms will share, such as arrivals, makes the true one smaller.
    inf for fewer than 4 blocks, or where a statistic is not positive.

    :raises UsageError: for ``q`` outside (0, 1), or a sample that is not finite.
    """
    if q is not None:
        inside("q", q)
    kept = [block for block in blocks if not is_empty(block)]
    moves = log_moves(pooled(kept, q)) if len(kept) >= MINIMUM_PAIRS else None
    if moves is None:
        return math.inf
    return math.sqrt(2.0 * (moves.size - 1) * float(moves @ moves))


@lru_cache(maxsize=256)
def _shift(pairs: int, alpha: float, power: float) -> float:
    """The noncentrality at which the test has ``power``, by bisection."""
    low, high = 0.0, 2.0
    while _power(high, pairs, alpha) < power:
        low, high = high, 2.0 * high
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _power(middle, pairs, alpha) < power else (low, middle)
    return high


def _power(shift: float, pairs: int, alpha: float) -> float:
    """P(Z + shift > c S), where S^2 is chi squared over its degrees of freedom; integrated over a grid of S.

    c is t's quantile, times sqrt(pairs / (pairs - 1)): the factor that a paired ratio's error leaves out.
    """
    degrees = pairs - 1
    critical = t_quantile(alpha, degrees) * math.sqrt(pairs / degrees)
    width = _WIDTH / math.sqrt(2.0 * degrees)
    scales = np.linspace(max(1e-9, 1.0 - width), 1.0 + width, _GRID)
    logs = (degrees - 1) * np.log(scales) - degrees * scales**2 / 2.0
    weights = np.exp(logs - logs.max())
    above = [math.erfc((critical * scale - shift) / math.sqrt(2.0)) / 2.0 for scale in scales.tolist()]
    return float(weights @ np.array(above) / weights.sum())


def _check(spread: float, alpha: float, power: float) -> None:
    if not 0.0 <= spread < math.inf:
        raise UsageError(f"spread is {spread}; it is a finite standard deviation, from 0, and takes 4 pairs to be seen")
    if not 0.0 < alpha < 0.5:
        raise UsageError(f"alpha is {alpha}; it is the risk of a false alarm, between 0 and 0.5, both excluded")
    inside("power", power)
