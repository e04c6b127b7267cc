"""Answer tokens of each request that succeeded: its output tokens - its reasoning tokens.

Tool calls are part of the answer. NaN where either is not known.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import output_tokens
from pytest_fmbench.metrics.kinds import reasoning_tokens
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """One count a window request."""
    return (output_tokens(measurement) - reasoning_tokens(measurement)).floats()


METRIC = Metric("answer_tokens", Unit.TOKEN, "", Kind.REQUEST, compute)
