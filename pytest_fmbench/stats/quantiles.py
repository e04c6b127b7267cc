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
from pytest_fmbench.stats.batches import MINIMUM, batch_variance, student_t
from pytest_fmbench.stats.beta import beta_cdf
from pytest_fmbench.stats.inputs import finite, inside, tail, unknown

_ROUNDING = 1.0 + 1e-9
"""A risk that is exactly spent must not be lost to the last bit of a logarithm."""


def quantile(
    samples: ArrayLike, q: float, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The ``q``-quantile of ``samples``, Hyndman-Fan type 7, in ``unit``.

    Interval: the indicators [x_i <= x_q] are a mean; its half-width d by batch means cuts out the order
    statistics at ranks n (q - d) and n (q + d). They lie no closer than the exact binomial ranks of independent
    samples. An end whose rank lies beyond the sample is infinite: the data do not bound it there.
    :func:`minimum_samples` says where that must be so; a typical run needs about twice as many for a bound.

    :raises UsageError: for ``q`` or ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    risk, values = tail(confidence), np.sort(ordered := finite(samples))
    n, at = values.size, (values.size - 1) * inside("q", q)
    if n == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    value = _between(values, at)
    half_width = math.inf
    if n >= MINIMUM:
        half_width = student_t(risk) * math.sqrt(batch_variance((ordered <= value).astype(np.float64)) / n)
    low, high = _ranks(n, q, risk, half_width, at)
    ends = (float(values[low - 1]) if low > 0 else -math.inf, float(values[high - 1]) if high <= n else math.inf)
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


def _ranks(n: int, q: float, risk: float, half_width: float, at: float) -> tuple[int, int]:
    """Ranks (from 1) of the ends; 0 and n + 1 are beyond the sample. ``at`` is the point estimate's position."""
    if math.isinf(half_width):
        return 0, n + 1
    low = min(_binomial_rank(n, q, risk), math.ceil(n * (q - half_width)), math.floor(at) + 1)
    high = max(n + 1 - _binomial_rank(n, 1.0 - q, risk), math.floor(n * (q + half_width)) + 1, math.ceil(at) + 1)
    return max(0, low), min(n + 1, high)


@lru_cache(maxsize=1024)
def _binomial_rank(n: int, q: float, risk: float) -> int:
    """The largest rank whose order statistic exceeds the ``q``-quantile with probability ``risk`` at most, or 0.

    That is when fewer than ``rank`` of n independent samples lie below it, a binomial tail.
    """
    return bisect_right(range(1, n + 1), risk * _ROUNDING, key=lambda rank: beta_cdf(1.0 - q, n - rank + 1, rank))
