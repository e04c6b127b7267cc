"""Error rate: requests of the window that failed / requests that began in the window."""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import has_status, window
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Share
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Share:
    """Whether each window request failed."""
    return Share(has_status(window(measurement, "status"), Status.FAILED))


METRIC = Metric("error_rate", Unit.SHARE, "lower", Kind.SHARE, compute)
