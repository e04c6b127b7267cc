"""Output token rate: tokens that arrived in the window / its length, in tok/s.

By our count a chunk, at the chunk's arrival, of all requests that did not fail, whenever they began. The
end token, which no chunk carries, is not in it.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import chunks, has_status
from pytest_fmbench.metrics.slices import per_slice
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Rate:
    """Tokens in each slice of the window."""
    wanted = ~has_status(measurement.requests, Status.FAILED)
    found = chunks(measurement.requests)
    return per_slice(measurement.window, ((one.ns, one.tokens * one.of(wanted)) for one in found))


METRIC = Metric("output_token_rate", Unit.TOKEN_RATE, "higher", Kind.RATE, compute)
