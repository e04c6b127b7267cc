"""Per-request objectives as the promises that define goodput."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fmbench.errors import UsageError
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.measurement import Measurement, Promise
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Floats, Rate, Share

FROM_THE_SCHEDULE = {"ttft": "ttft_scheduled", "e2e": "e2e_scheduled"}
"""Latencies, and the metric that counts the same from the schedule."""


def judged_metric(objective: Objective, *, open_loop: bool) -> str:
    """The metric that an objective is judged by.

    In open loop a request that begins late has kept its user waiting already, so latencies count from the schedule.
    """
    return FROM_THE_SCHEDULE.get(objective.metric, objective.metric) if open_loop else objective.metric


def promises_of(
    objectives: Iterable[Objective], metrics: Registry[Metric], *, open_loop: bool = False
) -> tuple[Promise, ...]:
    """The promises among ``objectives``: those that are about each request."""
    return tuple(
        Promise(one, _PerRequest(metrics[judged_metric(one, open_loop=open_loop)]))
        for one in objectives
        if one.per_request
    )


class _PerRequest:
    """A metric's values, one a window request."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def __call__(self, measurement: Measurement) -> Floats:
        values = self._metric.compute(measurement)
        if isinstance(values, (Share, Rate)):
            raise UsageError(f"metric {self._metric.name!r} has no value of each request")
        return values
