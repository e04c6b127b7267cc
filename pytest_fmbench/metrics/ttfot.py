"""Time to first output token: arrival of the first chunk that is neither reasoning nor a tool call - sent, in seconds.

Per request that succeeded; NaN where there is no such chunk. Without reasoning and tool calls it is ``ttft``.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import succeeded
from pytest_fmbench.metrics.kinds import first_of
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """First chunk of content - sent, one value a window request."""
    return (first_of(measurement, ChunkKind.CONTENT) - succeeded(measurement, "sent_ns")).seconds()


METRIC = Metric("ttfot", Unit.SECOND, "lower", Kind.REQUEST, compute)
