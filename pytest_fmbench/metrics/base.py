"""What a metric declares."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import Enum

from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.model.units import Unit

Samples = Floats | Share | Rate


class Kind(str, Enum):
    """What a metric's numbers are, which says how they may be summarised."""

    REQUEST = "request"
    """One value a window request, NaN where it cannot be computed. Takes a statistic, or is promised per request."""
    POOLED = "pooled"
    """Any number of values a request, pooled. Takes a statistic."""
    SHARE = "share"
    """A share of requests: one number."""
    RATE = "rate"
    """Something per second of the window, or per something else that comes in it: one number."""
    SERIES = "series"
    """Samples of something within the window, in order of time. Takes a statistic."""

    TASK = "task"
    """One value a task of the window, NaN where there is none. Takes a statistic."""

    @property
    def takes_statistic(self) -> bool:
        """Whether there are many values, to be summarised by a mean or a percentile."""
        return self in (Kind.REQUEST, Kind.POOLED, Kind.SERIES, Kind.TASK)


class Of(str, Enum):
    """Whose numbers a metric tells."""

    REQUESTS = "requests"
    """Those of requests, or of what was sampled beside them."""
    SESSIONS = "sessions"
    """Those of requests too, but reports list it only where these belong to sessions."""
    TASKS = "tasks"
    """Those of tasks, which only a workload of sessions has."""


@dataclass(frozen=True)
class Metric:
    """A metric, as declared by its file, whose docstring is the formula.

    :param name: as objectives and reports write it.
    :param unit: what its values count in.
    :param better: ``lower`` or ``higher``; empty for a number that is neither.
    :param compute: the samples, in order of sending, or of time.
    :param needs: of which telemetry it is made, as ``gpu.power``: of the first of these that there is; empty for one
        that is made of requests alone, as reports list them.
    :param of: whose numbers they are.
    :param priced: whether it counts dollars, which there are only where somebody says what the deployment costs.
    """

    name: str
    unit: Unit
    better: str
    kind: Kind
    compute: Callable[[Measurement], Samples]
    needs: tuple[str, ...] = ()
    of: Of = Of.REQUESTS
    priced: bool = False


def of_requests(metrics: Registry[Metric]) -> list[str]:
    """Names of those that are made of requests alone, and so are there of every run."""
    return [name for name in metrics if not metrics[name].needs and metrics[name].of is Of.REQUESTS]


def of_sessions(metrics: Registry[Metric]) -> list[str]:
    """Names of those that there are of every run whose workload is one of sessions, beside :func:`of_requests`."""
    return [name for name in metrics if metrics[name].of is not Of.REQUESTS]


def named(figure: str, metrics: Container[str]) -> tuple[str, str]:
    """Metric and statistic of a figure's name, the latter empty where it has none: ``gpu.power`` and ``mean``."""
    metric, _, statistic = figure.partition(".")
    word, _, rest = statistic.partition(".")
    return (f"{metric}.{word}", rest) if f"{metric}.{word}" in metrics else (metric, statistic)
