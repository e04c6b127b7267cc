"""Inter-chunk latency: every gap between consecutive content chunks of a request, pooled, in seconds."""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import chunks
from pytest_fmbench.metrics.gaps import Gaps, gaps, pooled
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Gaps between chunks, those of one request together, requests in order of sending."""
    return pooled(map(seconds, gaps(measurement)), sum(found.ns.size for found in chunks(measurement.requests)))


def seconds(found: Gaps) -> Floats:
    """Each gap."""
    return np.asarray(found.ns.astype(np.float64) / 1e9)


METRIC = Metric("icl", Unit.SECOND, "lower", Kind.POOLED, compute)
