"""Goodput: requests that meet every per-request objective / requests that began in the window.

Failed and censored requests are misses. An objective that cannot be computed for a request, such as
``tpot`` of a single token, does not count against it. Without per-request objectives it is the share that
succeeded.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics import e2e
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.metrics.columns import has_status, window
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.objective import OPERATORS
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Share
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Share:
    """Whether each window request kept every promise."""
    kept = has_status(window(measurement, "status"), Status.OK)
    for promise in measurement.promises:
        values = promise.values(measurement)
        holds = np.asarray(OPERATORS[promise.objective.operator](values, promise.objective.limit), dtype=np.bool_)
        kept = kept & (holds | np.isnan(values))
    return Share(kept, along=e2e.compute(measurement))


METRIC = Metric("goodput", Unit.SHARE, "higher", Kind.SHARE, compute)
