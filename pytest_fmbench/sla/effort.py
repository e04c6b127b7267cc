"""How many more requests a verdict would take."""

from __future__ import annotations

import math

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla.statistic import quantile_of
from pytest_fmbench.stats import minimum_samples

_NEVER = 1e-3
"""An interval that must shrink this much takes a million times the requests."""


def more_requests(objective: Objective, estimate: Estimate, tolerance: float, requests: int) -> str:
    """What it takes to decide, for people: ``about 340 more requests would decide``.

    The interval shrinks with the square root of the sample, around a share of none or all with the sample itself;
    the value is taken to stay where it is.
    """
    needed = _samples_needed(objective, estimate, tolerance)
    if math.isinf(needed):
        return "value and limit are too near to be told apart; only a tolerance would decide"
    more = _two_digits(max(1.0, requests * (needed / estimate.n - 1.0)))
    return f"about {more:,} more request{'s' if more > 1 else ''} would decide"


def _samples_needed(objective: Objective, estimate: Estimate, tolerance: float) -> float:
    """``estimate.n`` / shrink^power, where shrink is the largest share of its width at which the interval decides."""
    past, into = _shrink_past_limit(objective, estimate), _shrink_into_tolerance(objective, estimate, tolerance)
    shrink = max(past, into)
    if shrink > _NEVER:
        none_or_all = estimate.unit is Unit.SHARE and float(estimate) in {0.0, 1.0}
        return estimate.n / shrink ** (1 if none_or_all else 2)
    if math.isinf(estimate.low) or math.isinf(estimate.high):
        return 2.0 * max(_minimum(objective, estimate), estimate.n)  # the minimum itself bounds lucky runs only
    return math.inf


def _shrink_past_limit(objective: Objective, estimate: Estimate) -> float:
    distance = objective.limit - estimate
    if distance == 0.0:
        return 0.0
    return _fit(abs(distance), estimate.high - estimate if distance > 0.0 else estimate - estimate.low)


def _shrink_into_tolerance(objective: Objective, estimate: Estimate, tolerance: float) -> float:
    below = _fit(estimate - objective.limit * (1.0 - tolerance), estimate - estimate.low)
    above = _fit(objective.limit * (1.0 + tolerance) - estimate, estimate.high - estimate)
    return min(below, above)


def _fit(room: float, reach: float) -> float:
    """The share of ``reach`` that fits into ``room``."""
    if room < 0.0:
        return 0.0
    return room / reach if reach else math.inf


def _minimum(objective: Objective, estimate: Estimate) -> int:
    """Samples from which the end on the limit's side can be finite."""
    q = quantile_of(objective.statistic) or 0.5  # a mean needs what a median does: enough for batches
    return minimum_samples(q if objective.limit >= estimate else 1.0 - q, estimate.confidence)


def _two_digits(number: float) -> int:
    """``number``, rounded up to two significant digits: it is a guess and should look like one."""
    step = int(10 ** max(0, math.floor(math.log10(number)) - 1))
    return math.ceil(number / step - 1e-6) * step
