"""Item rate: items of requests whose end arrived in the window and that succeeded / its length, in items per second.

An item is an image, an embedding, a score, or what a JSON endpoint is asked for. Requests that began before the window
count if they end in it, as in ``request_rate``. Without any request that has items there is no rate.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import column, has_status
from pytest_fmbench.metrics.slices import per_slice
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Rate:
    """Items in each slice of the window."""
    items = column(measurement.requests, "items").where(has_status(measurement.requests, Status.OK))
    if not items.known.any():
        return Rate(np.empty(0), np.empty(0))
    done = column(measurement.requests, "done_ns").integers[items.known]
    return per_slice(measurement.window, [(done, items.integers[items.known])])


METRIC = Metric("item_rate", Unit.ITEM_RATE, "higher", Kind.RATE, compute)
