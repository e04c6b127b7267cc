"""What a metric declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from pytest_fmbench.model.measurement import Measurement
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
    """Something per second of the window: one number."""

    @property
    def takes_statistic(self) -> bool:
        """Whether there are many values, to be summarised by a mean or a percentile."""
        return self in (Kind.REQUEST, Kind.POOLED)


@dataclass(frozen=True)
class Metric:
    """A metric, as declared by its file, whose docstring is the formula.

    :param name: as objectives and reports write it.
    :param unit: what its values count in.
    :param better: ``lower`` or ``higher``; empty for a number that is neither.
    :param compute: the samples, in order of sending.
    """

    name: str
    unit: Unit
    better: str
    kind: Kind
    compute: Callable[[Measurement], Samples]
