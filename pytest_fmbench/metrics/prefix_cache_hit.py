"""Prefix-cache hits: input tokens that the server had in its cache / input tokens, by the server's own count.

Of the window's requests that succeeded and of which the server told both.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.columns import succeeded
from pytest_fmbench.metrics.slices import per_slice
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Rate:
    """Cached and all input tokens of the requests that began in each slice of the window."""
    asked, cached = succeeded(measurement, "input_tokens"), succeeded(measurement, "cached_tokens")
    told = asked.known & cached.known
    if not told.any():
        return Rate(np.empty(0), np.empty(0))
    begun = succeeded(measurement, "begun_ns").integers[told]
    hits = per_slice(measurement.window, [(begun, cached.integers[told])])
    tokens = per_slice(measurement.window, [(begun, asked.integers[told])])
    return Rate(hits.amounts, tokens.amounts)


METRIC = Metric("prefix_cache.hit", Unit.SHARE, "higher", Kind.RATE, compute, of=Of.SESSIONS)
