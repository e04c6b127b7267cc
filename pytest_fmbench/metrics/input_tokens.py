"""Input tokens of each request that succeeded, as the server's ``usage`` counts them."""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """One count a window request; NaN where the server gave none."""
    return succeeded(measurement, "input_tokens").floats()


METRIC = Metric("input_tokens", Unit.TOKEN, "", Kind.REQUEST, compute)
