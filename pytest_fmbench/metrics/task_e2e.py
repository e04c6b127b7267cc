"""Time to complete a task: its end - its begin, thinking and tools included, in seconds.

Of tasks that came to an end of their own. One that was refused, outgrew the model or was cut off by the run's end has
not taken all of its time.
"""

from __future__ import annotations

from pytest_fmbench.metrics.base import Kind, Metric, Of
from pytest_fmbench.metrics.task_columns import of_own_end
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit


def compute(measurement: Measurement) -> Floats:
    """Done - begun, one value a window task."""
    return (of_own_end(measurement, "done_ns") - of_own_end(measurement, "begun_ns")).seconds()


METRIC = Metric("task.e2e", Unit.SECOND, "lower", Kind.TASK, compute, of=Of.TASKS)
