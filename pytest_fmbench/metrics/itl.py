"""Inter-token latency: every gap between consecutive tokens of a request, pooled, in seconds.

The k tokens of one chunk split the gap before it into k equal parts. Tokens after the first in the *first*
chunk have no gap of their own: what lies before them is ttft.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics import icl
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import Integers, chunks
from pytest_fmbench.metrics.gaps import Gaps, gaps, pooled
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Gaps between tokens, those of one request together, requests in order of sending."""
    most = sum(int(_tokens(found.tokens).sum()) for found in chunks(measurement.requests))
    return pooled(map(_seconds, gaps(measurement)), most)


def _tokens(counted: Integers) -> Integers:
    """One at least a chunk."""
    return np.maximum(counted, 1)


def _seconds(found: Gaps) -> Floats:
    tokens = _tokens(found.tokens)
    if tokens.max(initial=1) == 1:
        return icl.seconds(found)
    return np.asarray(np.repeat(found.ns / tokens, tokens) / 1e9)


METRIC = Metric("itl", Unit.SECOND, "lower", Kind.POOLED, compute)
