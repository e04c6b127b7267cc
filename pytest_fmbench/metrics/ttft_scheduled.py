"""Time to first token as a user waits for it: first content chunk - scheduled, in seconds.

Counts from when the request was meant to begin, so that a client or a server that falls behind its
schedule does not hide it (coordinated omission). In open loop an objective on ``ttft`` is judged on it.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import first_chunk, succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """First content chunk - scheduled, one value a window request."""
    return (first_chunk(measurement) - succeeded(measurement, "scheduled_ns")).seconds()


METRIC = Metric("ttft_scheduled", Unit.SECOND, "lower", Kind.REQUEST, compute)
