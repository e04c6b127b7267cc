"""Reasoning time: arrival of the last reasoning chunk - that of the first, in seconds.

Per request that succeeded; NaN where it did not reason, and 0 where all of that came at once.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.kinds import first_of, last_of
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Last reasoning chunk - first, one value a window request."""
    return (last_of(measurement, ChunkKind.REASONING) - first_of(measurement, ChunkKind.REASONING)).seconds()


METRIC = Metric("reasoning_time", Unit.SECOND, "lower", Kind.REQUEST, compute)
