"""Task rate: tasks whose end came in the window, and was their own / its length, in tasks per second.

Tasks that began before the window count if they end in it; those that end after it do not.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.columns import column
from pytest_fmbench.metrics.slices import per_slice
from pytest_fmbench.metrics.task_columns import ran_out
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Rate
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Rate:
    """Ends in each slice of the window."""
    table = measurement.tasks
    if table is None:
        return Rate(np.empty(0), np.empty(0))
    done = column(table, "done_ns").integers[ran_out(table)]
    return per_slice(measurement.window, [(done, np.ones(len(done), dtype=np.int64))])


METRIC = Metric("task.rate", Unit.TASK_RATE, "higher", Kind.RATE, compute, of=Of.TASKS)
