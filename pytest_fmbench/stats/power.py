"""How many more requests a verdict would take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.inputs import tail
from pytest_fmbench.stats.quantiles import minimum_samples

_NEVER = 1e-3
"""An interval that must shrink this much takes a million times the requests."""


@dataclass(frozen=True)
class Need:
    """What it would take to decide.

    :param more: requests, a guess in two digits, 0 where it is decided; None where no number can be given.
    :param why: the same, or why there is none, for people.
    """

    more: int | None
    why: str


_AT_THE_LIMIT = Need(None, "value and limit are too near to be told apart; only a tolerance would decide")
_NOTHING = Need(None, "no request tells how many more would decide")
_UNBOUNDED = Need(None, "requests depend on each other for too long to bound it; take many times as many, or less load")


def more_needed(
    estimate: Estimate,
    limit: float,
    *,
    tolerance: float = 0.0,
    q: float | None = None,
    level: float | None = None,
    requests: int | None = None,
) -> Need:
    """How many requests more would put the interval on one side of ``limit``, or inside limit +- tolerance.

    Formula: n (reach / room)^2 - n, where reach is how far the interval's end is from the value and room is how far it
    may be; n log(low) / log(limit) - n for a share of all, whose exact end is risk^(1 / n), and for one of none the
    same of the rest. The value is taken to stay where it is, so that the odds are about even. An end that is infinite
    for want of samples takes twice :func:`~pytest_fmbench.stats.quantiles.minimum_samples`, which by itself would bound
    lucky runs only.

    :param q: of a quantile, the share below it.
    :param level: two-sided level at which it will be decided, where that is not the estimate's own.
    :param requests: how many were sent, where ``estimate.n`` counts gaps or slices.
    :raises UsageError: for ``q`` or ``level`` outside (0, 1).
    """
    level = estimate.confidence if level is None else level
    if math.isnan(estimate) or estimate.n == 0:
        return _NOTHING
    estimate = _with_open_ends(estimate)
    shrink = max(_past(estimate, limit), _into(estimate, limit, tolerance)) / _widening(estimate.confidence, level)
    if shrink > 1.0:
        return Need(0, "it is decided")
    if shrink > _NEVER:
        return _need(estimate, _all_alike(estimate, limit, tolerance, level) or shrink**-2, requests)
    if math.isfinite(estimate.high - estimate.low):
        return _AT_THE_LIMIT
    return _to_bound(estimate, limit, q, level, requests)


def _all_alike(estimate: Estimate, limit: float, tolerance: float, level: float) -> float:
    """How many times the flags it takes where all are equal; 0 where they are not, or the limit is no share."""
    if estimate.unit is not Unit.SHARE or float(estimate) not in {0.0, 1.0} or not 0.0 < limit < 1.0:
        return 0.0
    at_limit = float(estimate) == 1.0 <= limit * (1.0 + tolerance)
    low, least = (estimate.low, limit) if float(estimate) == 1.0 else (1.0 - estimate.high, 1.0 - limit)
    least = limit * (1.0 - tolerance) if at_limit else least
    return math.log(low) / math.log(least) * math.log(tail(level)) / math.log(tail(estimate.confidence))


def _with_open_ends(estimate: Estimate) -> Estimate:
    """The same, where a share's end that the data do not bound is infinite instead of 0 or 1."""
    if estimate.unit is not Unit.SHARE:
        return estimate
    low = -math.inf if estimate.low <= 0.0 < float(estimate) else estimate.low
    high = math.inf if float(estimate) < 1.0 <= estimate.high else estimate.high
    return Estimate(estimate, low, high, estimate.n, unit=Unit.SHARE, confidence=estimate.confidence)


def _to_bound(estimate: Estimate, limit: float, q: float | None, level: float, requests: int | None) -> Need:
    """What it takes to make the end on the limit's side finite."""
    share = 0.5 if q is None else q  # a mean needs what a median does: enough for batches
    least = minimum_samples(share if limit >= float(estimate) else 1.0 - share, level)
    return _need(estimate, 2.0 * least / estimate.n, requests) if estimate.n < least else _UNBOUNDED


def _need(estimate: Estimate, times: float, requests: int | None) -> Need:
    more = _two_digits(max(1.0, (estimate.n if requests is None else requests) * (times - 1.0)))
    return Need(more, f"about {more:,} more request{'s' if more > 1 else ''} would decide")


def _past(estimate: Estimate, limit: float) -> float:
    """The share of its reach that the interval may have to stay on the value's side of ``limit``."""
    distance = limit - estimate
    if distance == 0.0:
        return 0.0
    return _fit(abs(distance), estimate.high - estimate if distance > 0.0 else estimate - estimate.low)


def _into(estimate: Estimate, limit: float, tolerance: float) -> float:
    """The share of its reach that the interval may have to lie inside ``limit`` +- tolerance."""
    below = _fit(estimate - limit * (1.0 - tolerance), estimate - estimate.low)
    return min(below, _fit(limit * (1.0 + tolerance) - estimate, estimate.high - estimate))


def _fit(room: float, reach: float) -> float:
    if room < 0.0:
        return 0.0
    return room / reach if reach else math.inf


def _widening(now: float, then: float) -> float:
    """How much wider an interval is at the level ``then`` than at ``now``, by normal quantiles."""
    normal = NormalDist()
    return normal.inv_cdf(tail(then)) / normal.inv_cdf(tail(now))


def _two_digits(number: float) -> int:
    """``number``, rounded up to two significant digits: it is a guess and should look like one."""
    step = int(10 ** max(0, math.floor(math.log10(number)) - 1))
    return math.ceil(number / step - 1e-6) * step
