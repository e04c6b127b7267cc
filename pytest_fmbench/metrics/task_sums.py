"""What a task of the window took in all: requests, tokens, time of its tools.

Of tasks that came to an end of their own, as ``task.e2e``. Tokens are the sum over its requests, so what a conversation
says once is counted as input in each of its later turns; output is the server's count where it gave one, else ours.
Tools that work at the same time count each.
"""

from __future__ import annotations

from functools import partial

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.task_columns import of_own_end
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit

_COLUMNS = {
    "task.turns": ("requests", Unit.REQUEST),
    "task.input_tokens": ("input_tokens", Unit.TOKEN),
    "task.output_tokens": ("output_tokens", Unit.TOKEN),
    "task.tool_time": ("tool_ns", Unit.SECOND),
}


def compute(measurement: Measurement, name: str) -> Floats:
    """One value a window task."""
    column, unit = _COLUMNS[name]
    found = of_own_end(measurement, column)
    return found.seconds() if unit is Unit.SECOND else found.floats()


SUMS = {
    name: Metric(name, unit, "", Kind.TASK, partial(compute, name=name), of=Of.TASKS)
    for name, (_, unit) in _COLUMNS.items()
}
"""By name."""
