"""What the data say of an objective.

The interval decides: on one side of the limit wholly, it passes or fails; inside limit +- tolerance, the point
estimate does; else the data do not say. What is promised of the very requests that were sent, and not of those
to come, is counted and needs no interval: that none failed, that all kept their promises, the largest value.
"""

from __future__ import annotations

import math

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sla.effort import more_requests

_COUNTED = {"task": "tasks", "tool_calls": "tool calls"}
"""What a share is of, by the family of its name, where it is not of requests."""

_ZERO_OR_ALL = {("<=", 0.0): "failed", (">=", 1.0): "missed"}
"""Shares that are promised of each request, and what one is called that breaks it."""


def interval_confidence(confidence: float, objectives: int) -> float:
    """The two-sided level of each objective's interval, so that a case keeps ``confidence`` each way.

    Formula: 1 - 2 (1 - confidence) / objectives. A verdict looks at one end of an interval; Bonferroni divides the
    risk over the case's objectives, however they depend on each other.

    :raises UsageError: for ``confidence`` outside (0.5, 1), or no objective.
    """
    if not 0.5 < confidence < 1.0:
        raise UsageError(f"confidence is {confidence}; it lies between 0.5 and 1, both excluded")
    if objectives < 1:
        raise UsageError(f"there are {objectives} objectives to divide the confidence over; it takes one")
    return 1.0 - 2.0 * (1.0 - confidence) / objectives


def judge(
    objective: Objective,
    estimate: Estimate,
    *,
    tolerance: float,
    failures: int | None = None,
    requests: int | None = None,
) -> Verdict:
    """The verdict on ``objective``, given what was measured.

    :param estimate: at the level that :func:`interval_confidence` gives.
    :param tolerance: share of the limit that does not matter either way.
    :param failures: how many of ``estimate.n`` requests break a promise of none or all; None is as the share says.
    :param requests: how many were sent, where ``estimate.n`` counts gaps or slices; for "N more requests" only.
    :raises UsageError: for a per-request objective, which goodput is judged by, or ``tolerance`` outside [0, 1).
    """
    if objective.per_request:
        raise UsageError(f"{objective.text!r} is about each request: it defines goodput and has no verdict of its own")
    if not 0.0 <= tolerance < 1.0:
        raise UsageError(f"tolerance is {tolerance}; it is a share of the limit, from 0 and below 1")
    if math.isnan(estimate) or estimate.n == 0:
        return Verdict(objective, Outcome.INCONCLUSIVE, estimate, "no request to compute it from")
    counted = _count(objective, estimate, failures)
    return counted or _weigh(objective, estimate, tolerance, estimate.n if requests is None else requests)


def is_counted(objective: Objective, unit: Unit) -> bool:
    """Whether ``objective`` is about the very requests that were sent, so that its verdict needs no interval.

    :param unit: of its metric.
    """
    none_or_all = (objective.operator, objective.limit) in _ZERO_OR_ALL
    return objective.statistic == "max" or (none_or_all and unit is Unit.SHARE and objective.statistic is None)


def _count(objective: Objective, estimate: Estimate, failures: int | None) -> Verdict | None:
    """The verdict on what is promised of the requests that were sent; None if it is promised of any."""
    if not is_counted(objective, estimate.unit):
        return None
    if objective.statistic == "max":
        reason = f"largest of n={estimate.n} is {show(estimate, estimate.unit)}, limit {_limit(objective, estimate)}"
        return Verdict(objective, _decided(objective.holds(estimate)), estimate, reason)
    word = _ZERO_OR_ALL[objective.operator, objective.limit]
    share = float(estimate) if objective.upper else 1.0 - float(estimate)
    bad = round(share * estimate.n) if failures is None else failures
    what = _COUNTED.get(objective.metric.partition(".")[0], "requests")
    return Verdict(objective, _decided(bad == 0), estimate, f"{bad} of {estimate.n} {what} {word}")


def _weigh(objective: Objective, estimate: Estimate, tolerance: float, requests: int) -> Verdict:
    """The verdict by interval."""
    holds, limit = objective.holds(estimate.low), show(objective.limit, estimate.unit)
    if holds == objective.holds(estimate.high):
        outcome, why = _decided(holds), f"all of it {'keeps' if holds else 'misses'} {_limit(objective, estimate)}"
    elif _within(objective.limit, tolerance, estimate):
        outcome, why = _decided(objective.holds(estimate)), f"at the limit {limit} +- {show(tolerance, Unit.SHARE)}"
        why += ", the value decides"
    else:
        outcome = Outcome.INCONCLUSIVE
        why = f"straddles {limit}; {more_requests(objective, estimate, tolerance, requests)}"
    return Verdict(objective, outcome, estimate, f"{estimate.interval()}, n={estimate.n}: {why}")


def _within(limit: float, tolerance: float, estimate: Estimate) -> bool:
    return limit * (1.0 - tolerance) <= estimate.low and estimate.high <= limit * (1.0 + tolerance)


def _limit(objective: Objective, estimate: Estimate) -> str:
    return f"{objective.operator} {show(objective.limit, estimate.unit)}"


def _decided(holds: bool) -> Outcome:
    return Outcome.PASS if holds else Outcome.FAIL
