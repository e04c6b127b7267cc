"""Request rate: requests whose end arrived in the window and that succeeded / its length, in req/s.

Requests that began before the window count if they end in it; those that end after it do not.
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
    """Completions in each slice of the window."""
    done = column(measurement.requests, "done_ns").integers[has_status(measurement.requests, Status.OK)]
    return per_slice(measurement.window, [(done, np.ones(len(done), dtype=np.int64))])


METRIC = Metric("request_rate", Unit.REQUEST_RATE, "higher", Kind.RATE, compute)
