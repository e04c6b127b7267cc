"""Time to first token: arrival of the first content chunk - sent, per request that succeeded, in seconds.

Role-only deltas, keep-alives and usage are no content; reasoning and tool calls are.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import first_chunk, succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """First content chunk - sent, one value a window request."""
    return (first_chunk(measurement) - succeeded(measurement, "sent_ns")).seconds()


METRIC = Metric("ttft", Unit.SECOND, "lower", Kind.REQUEST, compute)
