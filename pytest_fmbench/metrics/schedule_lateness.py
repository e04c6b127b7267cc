"""Schedule lateness: begun - scheduled, of every window request whatever became of it, in seconds.

The load generator's own error, not the server's.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import column, window
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Begun - scheduled, one value a window request."""
    table = window(measurement, "begun_ns", "scheduled_ns")
    return (column(table, "begun_ns") - column(table, "scheduled_ns")).seconds()


METRIC = Metric("schedule_lateness", Unit.SECOND, "lower", Kind.REQUEST, compute)
