"""A made-up run of agents, as records: twelve tasks of requests and tools, of which some failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.task import THINKING, TaskRecord
from pytest_fmbench.store.table import to_table
from pytest_fmbench.store.tasks import to_tasks
from tests.support.records import record
from tests.support.tasks import task

S, MS = 1_000_000_000, 1_000_000
TOOLS = ("search", "calculator", "read_file")
_ENDS = ("done", "done", "turns", "refused", "stuck", "censored")


def agents_run(tasks: int = 12) -> Measurement:
    """A window of 20 s; task n begins at second n, asks n + 2 times, and is slower the later it begins."""
    found = [one for nth in range(tasks) for one in [_task(nth)]]
    requests = sorted((one for _, asked in found for one in asked), key=lambda one: one.begun_ns)
    window = Window(0, 20 * S)
    return Measurement(to_table(requests), window, tasks=to_tasks(one for one, _ in found))


def _task(nth: int) -> tuple[TaskRecord, list[RequestRecord]]:
    begun, at = nth * S, nth * S
    asked, spans, end = list[RequestRecord](), list[tuple[str, int, int, str | None]](), _ENDS[nth % len(_ENDS)]
    for turn in range(nth + 2):
        failed = end == "refused" and turn == nth + 1
        asked.append(_request(nth, turn, at, failed=failed))
        at = (asked[-1].done_ns or at) + MS
        for name, begin, until, error in _between(nth, turn, at):
            spans.append((name, begin, until, error))
            at = max(at, until)
    names, begins, ends, errors = zip(*spans, strict=True)
    columns = {"span_name": names, "span_begin_ns": begins, "span_end_ns": ends, "span_error": errors}
    told = {"end": end, "success": end == "done", "requests": len(asked), "tool_calls": len(spans)}
    return task(begun, None if end == "censored" else at, session_id=f"0.{nth}", **told, **columns), asked


def _request(nth: int, turn: int, at: int, *, failed: bool) -> RequestRecord:
    first, gap = at + (40 + 30 * turn) * MS, 12 * MS
    stamps: dict[str, Any] = dict.fromkeys(("scheduled_ns", "begun_ns", "sent_ns"), at)
    stamps |= {"session_id": f"0.{nth}", "turn": turn}
    if failed:
        return record(**stamps, status="failed", error="status: 400: <b>too long</b>", http_status=400, done_ns=first)
    chunks = tuple(first + gap * place for place in range(12 + nth))
    told: dict[str, Any] = {"input_tokens": 60 + 50 * turn, "cached_tokens": 40 * turn, "output_tokens": len(chunks)}
    return record(chunks, **stamps, **told, request_id=f"{nth}-{turn}", stamp="kernel")


def _between(nth: int, turn: int, at: int) -> Iterator[tuple[str, int, int, str | None]]:
    """Two tools at once, or a pause."""
    if turn % 3 == 2:
        yield THINKING, at, at + 300 * MS, None
        return
    yield (
        TOOLS[turn % len(TOOLS)],
        at,
        at + (80 + 20 * nth) * MS,
        "timeout: <i>it</i> took too long" if nth % 4 == 1 else None,
    )
    yield "read_file", at, at + 120 * MS, None
