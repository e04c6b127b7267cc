"""Success rate: tasks of the window that reached what they were for / tasks that began in the window and are judged.

A task that was refused, outgrew the model, or had not ended when the run was over, has not. Where the workload judges
none of its tasks, there is no rate.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.task_columns import ran_out, window_tasks
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Share
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Share:
    """Whether each window task succeeded, but for those that nobody judged."""
    table = window_tasks(measurement)
    if table is None:
        return Share(np.empty(0, dtype=np.bool_))
    cells = table["success"]
    known = np.asarray(cells.is_valid().to_numpy(), dtype=np.bool_)
    succeeded = np.asarray(cells.fill_null(False).to_numpy(), dtype=np.bool_)  # pyarrow's signature
    cut_short = ~ran_out(table)
    counted = (known | cut_short) & known.any()
    return Share((succeeded & ~cut_short)[counted])


METRIC = Metric("task.success", Unit.SHARE, "higher", Kind.SHARE, compute, of=Of.TASKS)
