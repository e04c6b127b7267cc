"""End-to-end latency: arrival of the last content chunk - sent, per request that succeeded, in seconds."""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import last_chunk, succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Last content chunk - sent, one value a window request."""
    return (last_chunk(measurement) - succeeded(measurement, "sent_ns")).seconds()


METRIC = Metric("e2e", Unit.SECOND, "lower", Kind.REQUEST, compute)
