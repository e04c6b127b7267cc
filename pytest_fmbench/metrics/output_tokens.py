"""Output tokens of each request that succeeded: the server's ``usage`` where it gave one, else our count."""

from __future__ import annotations

from pytest_fmbench.metrics import columns
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """One count a window request."""
    return columns.output_tokens(measurement).floats()


METRIC = Metric("output_tokens", Unit.TOKEN, "", Kind.REQUEST, compute)
