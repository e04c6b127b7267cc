"""How far the stamps behind a metric may be from when its tokens arrived."""

from __future__ import annotations

import numpy as np

from pytest_fmbench.metrics.columns import has_status
from pytest_fmbench.metrics.task_columns import window_tasks
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import Status
from pytest_fmbench.model.samples import Flags, Floats

KERNEL_S = 50e-6
"""What a kernel's stamp may be off; measured against an independent server it is a few microseconds."""

_MOST = 0.99
_OF_FIRST_TOKENS = {"ttft", "ttft_scheduled"}
_OF_TASKS = {"task.e2e", "task.tool_time"}


def stamp_error_s(measurement: Measurement, metric: str, loop_error_s: float) -> float:
    """Bound on the error of 99 % of the stamps that ``metric`` is made of, in seconds.

    A stamp of the kernel's is right to :data:`KERNEL_S`, but for chunks that came in one read with a later one, whose
    stamp it is: each came at most its ``chunk_slack_ns`` before.

    A task waits for the event loop after each of its requests and spans, so its bound is that many times the loop's.

    :param loop_error_s: the bound where a stamp is the event loop's.
    """
    if metric in _OF_TASKS:
        return loop_error_s * _most_steps(measurement)
    table = measurement.window_requests
    succeeded = has_status(table, Status.OK)
    if not _all_kernel(measurement, succeeded):
        return loop_error_s
    slack = _first_slack(measurement, succeeded) if metric in _OF_FIRST_TOKENS else _slack(measurement)
    return KERNEL_S + (float(np.quantile(slack, _MOST, method="higher")) / 1e9 if slack.size else 0.0)


def slack_s(measurement: Measurement, metric: str) -> Floats | None:
    """By how much each window request's time may be too long, in seconds; None where a stamp is the event loop's.

    :param metric: a time to the first chunk, or to the last.
    """
    table = measurement.window_requests
    if not _all_kernel(measurement, has_status(table, Status.OK)):
        return None
    offsets = table["chunk_slack_ns"].combine_chunks().offsets.to_numpy()
    starts, ends = offsets[:-1] - offsets[0], offsets[1:] - offsets[0]
    some, found = ends > starts, np.zeros(len(starts))
    found[some] = _slack(measurement)[(starts if metric in _OF_FIRST_TOKENS else ends - 1)[some]] / 1e9
    return found


def _most_steps(measurement: Measurement) -> int:
    """Requests and spans of the window's task that has most of them."""
    import pyarrow.compute as pc

    tasks = window_tasks(measurement)
    if tasks is None or not tasks.num_rows:
        return 0
    return int(pc.max(pc.add(tasks["requests"], pc.list_value_length(tasks["span_name"]))).as_py())


def _all_kernel(measurement: Measurement, succeeded: Flags) -> bool:
    stamps = np.asarray(measurement.window_requests["stamp"].to_pylist(), dtype=object)
    return bool((stamps[succeeded] == "kernel").all())


def _slack(measurement: Measurement) -> Floats:
    cells = measurement.window_requests["chunk_slack_ns"].combine_chunks()
    return np.asarray(cells.flatten().to_numpy(), dtype=np.float64)


def _first_slack(measurement: Measurement, succeeded: Flags) -> Floats:
    offsets = measurement.window_requests["chunk_slack_ns"].combine_chunks().offsets.to_numpy()
    some = succeeded & (np.diff(offsets) > 0)
    first: Floats = _slack(measurement)[(offsets[:-1] - offsets[0])[some]]
    return first
