"""End-to-end latency as a user waits for it: last content chunk - scheduled, in seconds.

In open loop an objective on ``e2e`` is judged on it.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import last_chunk, succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Last content chunk - scheduled, one value a window request."""
    return (last_chunk(measurement) - succeeded(measurement, "scheduled_ns")).seconds()


METRIC = Metric("e2e_scheduled", Unit.SECOND, "lower", Kind.REQUEST, compute)
