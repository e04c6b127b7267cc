"""Inter-token latency: every gap between consecutive tokens of a request, pooled, in seconds.

The k tokens of one chunk split the gap before it into k equal parts. Tokens after the first in the *first*
chunk have no gap of their own: what lies before them is ttft.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.gaps import gaps
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Gaps between tokens, those of one request together, requests in order of sending."""
    found = gaps(measurement)
    tokens = np.maximum(found.tokens, 1)
    return np.repeat(found.ns / tokens, tokens) / 1e9


METRIC = Metric("itl", Unit.SECOND, "lower", Kind.POOLED, compute)
