"""Quantiles and the largest value, with intervals made of order statistics."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.batches import MINIMUM
from pytest_fmbench.stats.inputs import inside, tail, unknown
from pytest_fmbench.stats.order import Order
from pytest_fmbench.stats.prepared import Prepared, prepare
from pytest_fmbench.stats.ranks import ROUNDING, binomial_rank
from pytest_fmbench.stats.reach import Reach, reach
from pytest_fmbench.stats.series import at_most

_CLUSTERS = 3.0
"""Independent clusters above a quantile from which a run is taken to have met what lies there."""


def quantile(
    samples: ArrayLike | Prepared, q: float, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The ``q``-quantile of ``samples``, Hyndman-Fan type 7, in ``unit``.

    Interval: the indicators [x_i <= x_q] are a mean; how far their share may be from ``q`` (its half-width d, by
    :func:`~pytest_fmbench.stats.reach.reach`) cuts out the order statistics at ranks n (q - d) and n (q + d). They
    lie no closer than the exact binomial ranks, which are the interval where no correlation is evident. An end
    whose rank lies beyond the sample is infinite, and so is the upper end where a run holds fewer than 54
    independent stretches: the data do not bound it there. Of fewer than 1,000 samples it lies four times as far off
    instead, and four times as far as the largest sample at most. :func:`minimum_samples` says where that must be so.

    :param samples: in order of sending, gaps of one request together; prepared once where more than one is asked.
    :raises UsageError: for ``q`` or ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    risk, run = tail(confidence), prepare(samples)
    n, q = run.values.size, inside("q", q)
    if n == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    value = value_at(run.order, n, q)
    found = reach(at_most(run.values, value), q, run.centre)
    return Estimate(value, *ends_at(run.order, n, q, found, risk), n, name=name, unit=unit, confidence=confidence)


def value_at(order: Order, n: int, q: float) -> float:
    """The ``q``-quantile of ``n`` samples, Hyndman-Fan type 7."""
    return _between(order, (n - 1) * q)


def ends_at(order: Order, n: int, q: float, found: Reach, risk: float) -> tuple[float, float]:
    """The interval of :func:`quantile`, given how far its share may be from the truth."""
    at = (n - 1) * q
    low, high = _ranks(n, q, risk, _shares(found, n, q, risk), at)
    below, above = _at_ranks(order, n, low, high)
    if found.open:
        value = _between(order, at)
        above = value + found.opened(order.at(min(n, high) - 1) - value, n) if _bounded(n, q, risk) else math.inf
    return below, above


def maximum(
    samples: ArrayLike | Prepared, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The largest of ``samples``, in ``unit``: one that comes later may be any larger, so the upper end is inf.

    :raises UsageError: for ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    tail(confidence)
    values = prepare(samples).values
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
    return max(MINIMUM, math.ceil(math.log(risk * ROUNDING) / math.log(inside("q", q))))


def _between(order: Order, at: float) -> float:
    """The value at position ``at`` (from 0), linear in between, without overflow."""
    below, above = order.at(math.floor(at)), order.at(math.ceil(at))
    weight = at % 1.0
    return min(max(below * (1.0 - weight) + above * weight, below), above)


def _bounded(n: int, q: float, risk: float) -> bool:
    """Whether so many independent samples would bound the quantile from above."""
    return n >= MINIMUM and binomial_rank(n, 1.0 - q, risk) > 0


def _shares(found: Reach, n: int, q: float, risk: float) -> tuple[float, float]:
    """The shares of samples below the interval's ends, outside [0, 1] where the data do not bound them.

    The upper end leaves a twentieth at least of the share that lies above the quantile, where that many independent
    clusters were seen. That floor is a choice, by trial on bursts.
    """
    if n < MINIMUM:
        return -math.inf, math.inf
    half_width = found.t(risk) * math.sqrt(found.effect * q * (1.0 - q) / n) if found.evident else 0.0
    seen = n * (1.0 - q) / found.own >= _CLUSTERS
    least = min(0.05, 2.0 * risk) * (1.0 - q) if seen else -math.inf
    return q - half_width, 1.0 - max(1.0 - q - half_width, least)


def _at_ranks(order: Order, n: int, low: int, high: int) -> tuple[float, float]:
    """The order statistics at ``low`` and ``high``; infinite for 0 and n + 1."""
    return order.at(low - 1) if low > 0 else -math.inf, order.at(high - 1) if high <= n else math.inf


def _ranks(n: int, q: float, risk: float, shares: tuple[float, float], at: float) -> tuple[int, int]:
    """Ranks (from 1) of the ends; 0 and n + 1 are beyond the sample. ``at`` is the point estimate's position."""
    below, above = (min(max(share, -1.0), 2.0) for share in shares)
    low = min(binomial_rank(n, q, risk), math.ceil(n * below), math.floor(at) + 1)
    high = max(n + 1 - binomial_rank(n, 1.0 - q, risk), math.floor(n * above) + 1, math.ceil(at) + 1)
    return max(0, low), min(n + 1, high)
