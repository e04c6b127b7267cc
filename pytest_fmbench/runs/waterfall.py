"""The slowest tasks of a run, each as what it waited for, one thing after another: enough to draw a waterfall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.metrics.task_columns import window_tasks
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.task import THINKING

if TYPE_CHECKING:
    import pyarrow as pa

Plain = dict[str, Any]
Row = Mapping[str, Any]

MOST = 10
_TASK = (
    *("session_id", "round", "begun_ns", "done_ns", "success", "end", "error"),
    *("span_name", "span_begin_ns", "span_end_ns", "span_error"),
)
_REQUEST = (
    *("session_id", "turn", "begun_ns", "chunk_ns", "done_ns", "status", "error"),
    *("input_tokens", "cached_tokens", "output_tokens", "counted_output_tokens"),
)


def waterfalls(measurement: Measurement, most: int = MOST) -> list[Plain]:
    """The ``most`` tasks of the window that took longest, the slowest first; nothing of a workload of single requests.

    One that the run's end cut off took until its last request or span had ended, at least. Each is plain values:

    - ``session_id``, ``round``; ``begun_ns``, on CLOCK_MONOTONIC, as the stamps of requests are;
    - ``seconds``: how long it took; ``end``: a value of :class:`~pytest_fmbench.model.session.TaskEnd`; ``success``:
      None where nobody judged it; ``error``: of its last request that failed, or None;
    - ``spans``, in order of their begin, those at one time too (as of sub-agents). Of each:

      - ``kind``: ``request``, ``tool`` or ``thinking``; ``name``: the tool's, else empty;
      - ``begin_s``, ``end_s``: in seconds since the task's begin;
      - ``error``: why it failed, or was cut off, or None;
      - of a request also ``turn`` (from 0), ``first_s``: when its first content chunk came, since the task's begin, or
        None; ``status``: ``ok``, ``failed`` or ``censored``; ``input_tokens``, ``cached_tokens``: None where the server
        told none; ``output_tokens``: its count, else ours.
    """
    tasks = window_tasks(measurement)
    if tasks is None or most < 1:
        return []
    last_ns = _last_of_each(measurement.requests)
    slowest = sorted(
        ((_ended_ns(row, last_ns) - row["begun_ns"], row) for row in tasks.select(_TASK).to_pylist()),
        key=lambda one: -one[0],
    )[:most]
    requests = _of_each(measurement.requests, [row["session_id"] for _, row in slowest])
    return [_waterfall(row, took_ns, requests[row["session_id"]]) for took_ns, row in slowest]


def _last_of_each(requests: pa.Table) -> dict[str, int | None]:
    """When the last request of each session had ended."""
    found = requests.group_by("session_id").aggregate([("done_ns", "max")])
    return dict(zip(found["session_id"].to_pylist(), found["done_ns_max"].to_pylist(), strict=True))


def _ended_ns(task: Row, last_ns: Mapping[str, int | None]) -> int:
    """When a task had ended; of one that was cut off, the last that is known of it."""
    known = (task["begun_ns"], last_ns.get(task["session_id"]) or 0, *task["span_end_ns"])
    return int(max(known) if task["done_ns"] is None else task["done_ns"])


def _of_each(requests: pa.Table, sessions: Sequence[str]) -> dict[str, list[Row]]:
    """The requests of each of ``sessions``."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mine = pc.is_in(requests["session_id"], value_set=pa.array(sessions, pa.string()))
    rows: dict[str, list[Row]] = {name: [] for name in sessions}
    for row in requests.select(_REQUEST).filter(mine).to_pylist():
        rows[row["session_id"]].append(row)
    return rows


def _waterfall(task: Row, took_ns: int, requests: Sequence[Row]) -> Plain:
    spans = [*_requests(task, requests), *_spans(task)]
    return {
        **{name: task[name] for name in ("session_id", "round", "begun_ns", "end", "success", "error")},
        "seconds": took_ns / NS_PER_S,
        "spans": sorted(spans, key=lambda span: (span["begin_s"], span["end_s"])),
    }


def _requests(task: Row, requests: Sequence[Row]) -> Iterator[Plain]:
    for row in requests:
        first_ns, ours = next(iter(row["chunk_ns"]), None), row["counted_output_tokens"]
        yield {
            "kind": "request",
            "name": "",
            **_times(task, row["begun_ns"], row["begun_ns"] if row["done_ns"] is None else row["done_ns"]),
            "first_s": None if first_ns is None else _seconds(task, first_ns),
            **{name: row[name] for name in ("turn", "status", "error", "input_tokens", "cached_tokens")},
            "output_tokens": ours if row["output_tokens"] is None else row["output_tokens"],
        }


def _spans(task: Row) -> Iterator[Plain]:
    told = (task[name] for name in ("span_name", "span_begin_ns", "span_end_ns", "span_error"))
    for name, begin_ns, end_ns, error in zip(*told, strict=True):
        thinks = name == THINKING
        kind = {"kind": "thinking" if thinks else "tool", "name": "" if thinks else name}
        yield {**kind, **_times(task, begin_ns, end_ns), "error": error}


def _times(task: Row, begin_ns: int, end_ns: int) -> Plain:
    return {"begin_s": _seconds(task, begin_ns), "end_s": _seconds(task, end_ns)}


def _seconds(task: Row, ns: int) -> float:
    """Since the task's begin."""
    return float(ns - task["begun_ns"]) / NS_PER_S
