"""Time per output token: (e2e - ttft) / (output tokens - 1), per request of two tokens or more, in seconds.

One number a request; ``itl`` pools the single gaps.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import first_chunk, last_chunk, output_tokens
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Decode time / (output tokens - 1), one value a window request; NaN below two tokens."""
    tokens = output_tokens(measurement)
    further = tokens.where(tokens.integers > 1).floats() - 1
    return (last_chunk(measurement) - first_chunk(measurement)).seconds() / further


METRIC = Metric("tpot", Unit.SECOND, "lower", Kind.REQUEST, compute)
