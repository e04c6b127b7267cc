"""Columns of the table of tasks as numpy arrays, of the window's, in order of their begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_fmbench.metrics.columns import Column, column
from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Flags
from pytest_fmbench.model.session import TaskEnd

if TYPE_CHECKING:
    import pyarrow as pa

CUT_SHORT = (TaskEnd.CENSORED, TaskEnd.REFUSED, TaskEnd.CONTEXT)
"""Ends that are none of the task's own: what it took is not known, or is too little."""


def window_tasks(measurement: Measurement) -> pa.Table | None:
    """The tasks that began in the window; None of a workload of single requests."""
    if measurement.tasks is None:
        return None
    import pyarrow.compute as pc

    return measurement.tasks.filter(pc.equal(measurement.tasks["phase"], Phase.WINDOW.value))


def ran_out(table: pa.Table) -> Flags:
    """Which tasks of ``table`` came to an end of their own, well or not."""
    cut_short = {end.value for end in CUT_SHORT}
    return np.array([end not in cut_short for end in table["end"].to_pylist()], dtype=np.bool_)


def of_own_end(measurement: Measurement, name: str) -> Column:
    """An integer column of the window's tasks, known for those that came to an end of their own."""
    table = window_tasks(measurement)
    if table is None:
        return Column(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_))
    return column(table, name).where(ran_out(table))
