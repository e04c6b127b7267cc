from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench import otel
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.task import THINKING, TaskRecord
from pytest_fmbench.store.otel import write_spans
from pytest_fmbench.workloads.otel.recorded import Request, Step, Use
from tests.support.records import record
from tests.support.tasks import task, tasked

BEGUN = "2026-11-26T02:23:08+00:00"
spans = st.tuples(st.integers(0, 10**12), st.integers(0, 10**11)).map(lambda pair: (pair[0], pair[0] + pair[1]))
requests = st.tuples(spans, st.integers(1, 10**6), st.integers(1, 10**4))
tools = st.tuples(spans, st.sampled_from(["look", "ask", THINKING]), st.none() | st.text(min_size=1))
session = st.tuples(st.lists(requests, min_size=1, max_size=5), st.lists(tools, max_size=5))
sessions = st.lists(session, min_size=1, max_size=4)

Times = tuple[int, int]
Made = list[tuple[list[tuple[Times, int, int]], list[tuple[Times, str, str | None]]]]


def recorded(session: int, made: list[tuple[Times, int, int]]) -> list[RequestRecord]:
    return [
        record(
            request_id=f"{session:016x}{nth:016x}"[::-1],
            session_id=f"0.{session}",
            turn=nth,
            begun_ns=begin,
            sent_ns=begin,
            done_ns=end,
            input_tokens=tokens,
            output_tokens=output,
        )
        for nth, ((begin, end), tokens, output) in enumerate(made)
    ]


def used(session: int, made: list[tuple[Times, str, str | None]]) -> TaskRecord:
    return task(
        session_id=f"0.{session}",
        span_name=[name for _, name, _ in made],
        span_begin_ns=[begin for (begin, _), _, _ in made],
        span_end_ns=[end for (_, end), _, _ in made],
        span_error=[error for _, _, error in made],
    )


def shape(steps: list[Step]) -> list[tuple[object, ...]]:
    """What is replayed of steps, times counted from the first request."""
    zero = min(step.begin_ns for step in steps)
    told = [
        (step.begin_ns - zero, step.end_ns - zero, step.input_tokens, step.output_tokens)
        if isinstance(step, Request)
        else (step.begin_ns - zero, step.end_ns - zero, step.tool, step.error or "")
        for step in steps
    ]
    return sorted(told, key=repr)


@given(made=sessions)
def test_what_is_written_is_what_is_replayed(made: Made) -> None:
    rows = [row for nth, (asked, _) in enumerate(made) for row in recorded(nth, asked)]
    tasks = [used(nth, tools) for nth, (_, tools) in enumerate(made)]
    measured: Measurement = tasked(*tasks, requests=tuple(rows))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "spans.jsonl")
        assert write_spans(path, "case", measured, "m", BEGUN) == len(made)
        traces = otel(path).traces
    expected = []
    for nth, (_, tools) in enumerate(made):
        asked = [
            Request(row.begun_ns, row.done_ns or 0, "", (), (), row.input_tokens or 0, row.output_tokens or 0)
            for row in rows
            if row.session_id == f"0.{nth}"
        ]
        worked = [Use(begin, end, name, error) for (begin, end), name, error in tools if name != THINKING]
        expected.append(shape([*asked, *worked]))
    assert sorted(map(repr, expected)) == sorted(repr(shape(list(trace.steps))) for trace in traces)
    for trace in traces:  # and each has its turn: none waits for what waits for it
        done: set[int] = set()
        while len(done) < len(trace.steps):
            ready = {nth for nth, (before, _) in enumerate(trace.waits) if done.issuperset(before)} - done
            assert ready
            done |= ready
        assert all(one.begin_ns <= other.begin_ns for one, other in pairwise(trace.steps))
