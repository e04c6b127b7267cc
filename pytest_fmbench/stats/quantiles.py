"""Quantiles and the largest value, with intervals made of order statistics."""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.batches import MINIMUM
from pytest_fmbench.stats.beta import beta_cdf
from pytest_fmbench.stats.inputs import finite, inside, tail, unknown
from pytest_fmbench.stats.reach import centre_of, reach

_ROUNDING = 1.0 + 1e-9
"""A risk that is exactly spent must not be lost to the last bit of a logarithm."""

_CLUSTERS = 3.0
"""Independent clusters above a quantile from which a run is taken to have met what lies there."""


def quantile(
    samples: ArrayLike, q: float, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The ``q``-quantile of ``samples``, Hyndman-Fan type 7, in ``unit``.

    Interval: the indicators [x_i <= x_q] are a mean; how far their share may be from ``q`` (its half-width d, by
    :func:`~pytest_fmbench.stats.reach.reach`) cuts out the order statistics at ranks n (q - d) and n (q + d). They
    lie no closer than the exact binomial ranks, which are the interval where no correlation is evident. An end
    whose rank lies beyond the sample is infinite, and so is the upper end where a run holds fewer than 58
    independent stretches: the data do not bound it there. :func:`minimum_samples` says where that must be so.

    :raises UsageError: for ``q`` or ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    risk, values = tail(confidence), finite(samples)
    n, at = values.size, (values.size - 1) * inside("q", q)
    if n == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    value = _between(np.partition(values, [math.floor(at), math.ceil(at)]), at)
    low, high = _ranks(n, q, risk, _shares(values, value, q, risk), at)
    ends = _at_ranks(values, low, high)
    return Estimate(value, *ends, n, name=name, unit=unit, confidence=confidence)


def maximum(samples: ArrayLike, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE) -> Estimate:
    """The largest of ``samples``, in ``unit``: one that comes later may be any larger, so the upper end is inf.

    :raises UsageError: for ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    tail(confidence)
    values = finite(samples)
    if values.size == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    value = float(values.max())
    return Estimate(value, value, math.inf, values.size, name=name, unit=unit, confidence=confidence)


def minimum_samples(q: float, confidence: float = 0.95) -> int:
    """Number of samples from which the upper end of the ``q``-quantile's interval can be finite.

    Formula: the least n with q^n <= (1 - confidence) / 2, the risk that all samples lie below the quantile, and
    10 at least. p50, p90, p95, p99: 10, 36, 72, 368 at a two-sided level of 95 %; 10, 29, 59, 299 at 90 %, which
    is 95 % one-sided. The lower end takes ``minimum_samples(1 - q)``.

    :raises UsageError: for ``q`` or ``confidence`` outside (0, 1).
    """
    risk = tail(confidence)
    return max(MINIMUM, math.ceil(math.log(risk * _ROUNDING) / math.log(inside("q", q))))


def _between(values: Floats, at: float) -> float:
    """The value at position ``at`` (from 0) of sorted ``values``, linear in between, without overflow."""
    below, above = float(values[math.floor(at)]), float(values[math.ceil(at)])
    weight = at % 1.0
    return min(max(below * (1.0 - weight) + above * weight, below), above)


def _shares(values: Floats, value: float, q: float, risk: float) -> tuple[float, float]:
    """The shares of samples below the interval's ends, outside [0, 1] where the data do not bound them.

    The upper end leaves a tenth at least of the share that lies above the quantile, where that many independent
    clusters were seen. That floor is a choice: of 1,000 M/M/8 runs at load 0.9, 2.5 % had less than a sixth above p99.
    """
    n = values.size
    if n < MINIMUM:
        return -math.inf, math.inf
    found = reach((values <= value).astype(np.float64), q, centre_of(values))
    half_width = found.half_width(q, n, risk)
    seen = n * (1.0 - q) / found.own >= _CLUSTERS
    least = min(0.1, 4.0 * risk) * (1.0 - q) if seen else -math.inf
    return q - half_width, math.inf if found.open else 1.0 - max(1.0 - q - half_width, least)


def _at_ranks(values: Floats, low: int, high: int) -> tuple[float, float]:
    """The order statistics at ``low`` and ``high``; infinite for 0 and n + 1."""
    ranks = [rank - 1 for rank in (low, high) if 1 <= rank <= values.size]
    parted = np.partition(values, ranks) if ranks else values
    least = float(parted[low - 1]) if low > 0 else -math.inf
    return least, float(parted[high - 1]) if high <= values.size else math.inf


def _ranks(n: int, q: float, risk: float, shares: tuple[float, float], at: float) -> tuple[int, int]:
    """Ranks (from 1) of the ends; 0 and n + 1 are beyond the sample. ``at`` is the point estimate's position."""
    below, above = (min(max(share, -1.0), 2.0) for share in shares)
    low = min(_binomial_rank(n, q, risk), math.ceil(n * below), math.floor(at) + 1)
    high = max(n + 1 - _binomial_rank(n, 1.0 - q, risk), math.floor(n * above) + 1, math.ceil(at) + 1)
    return max(0, low), min(n + 1, high)


@lru_cache(maxsize=1024)
def _binomial_rank(n: int, q: float, risk: float) -> int:
    """The largest rank whose order statistic exceeds the ``q``-quantile with probability ``risk`` at most, or 0.

    That is when fewer than ``rank`` of n independent samples lie below it, a binomial tail.
    """
    return bisect_right(range(1, n + 1), risk * _ROUNDING, key=lambda rank: beta_cdf(1.0 - q, n - rank + 1, rank))
