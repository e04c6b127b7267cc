"""Inter-chunk latency: every gap between consecutive content chunks of a request, pooled, in seconds."""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.gaps import gaps
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Gaps between chunks, those of one request together, requests in order of sending."""
    found = gaps(measurement)
    return found.ns.astype(np.float64) / 1e9


METRIC = Metric("icl", Unit.SECOND, "lower", Kind.POOLED, compute)
