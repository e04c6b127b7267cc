"""Reasoning tokens of each request that succeeded: the server's count where its usage tells it, else that of chunks.

0 for a request that did not reason. NaN where chunks cannot tell it: where none came that is text, and where a reply in
one piece holds reasoning and an answer together.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.kinds import reasoning_tokens
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """One count a window request."""
    return reasoning_tokens(measurement).floats()


METRIC = Metric("reasoning_tokens", Unit.TOKEN, "", Kind.REQUEST, compute)
