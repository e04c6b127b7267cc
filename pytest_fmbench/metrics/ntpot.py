"""Normalised time per output token: e2e / output tokens, per request that succeeded, in seconds."""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import last_chunk, output_tokens, succeeded
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """(Last content chunk - sent) / output tokens, one value a window request; NaN without a token."""
    tokens = output_tokens(measurement)
    e2e = last_chunk(measurement) - succeeded(measurement, "sent_ns")
    return e2e.seconds() / tokens.where(tokens.integers > 0).floats()


METRIC = Metric("ntpot", Unit.SECOND, "lower", Kind.REQUEST, compute)
