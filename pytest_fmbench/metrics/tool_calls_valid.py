"""Valid tool calls: those that named a tool that there is, with arguments that it takes / all that the model made.

Of all calls of the tasks that began in the window and ended, however they did; those of a task that the run's end cut
off nobody counted. Calls of one task stand together, the valid ones first: in which order it made them is not known.
"""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.columns import column
from pytest_fmbench.metrics.task_columns import window_tasks
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Share
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Share:
    """Whether each call was valid."""
    table = window_tasks(measurement)
    if table is None:
        return Share(np.empty(0, dtype=np.bool_))
    calls, valid = column(table, "tool_calls").integers, column(table, "valid_tool_calls").integers
    counts = np.stack([valid, calls - valid], axis=1).ravel()
    return Share(np.repeat(np.tile([True, False], len(calls)), counts))


METRIC = Metric("tool_calls.valid", Unit.SHARE, "higher", Kind.SHARE, compute, of=Of.TASKS)
