from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.runs.turns import told_of_tasks
from tests.support.records import measured, record, run_of
from tests.support.tasks import task, tasked

SUBJECT = {"deployment": "m+s+local", "workload": "multiturn()", "load": "closed:1"}


def request(turn: int, wait_ns: int, **changed: Any) -> RequestRecord:
    return record((100 + wait_ns, 110 + wait_ns), turn=turn, session_id="0.1", **changed)


REQUESTS = (
    request(0, 10, input_tokens=20, cached_tokens=0),
    request(1, 30, input_tokens=60, cached_tokens=30),
    request(1, 50, input_tokens=80, cached_tokens=40),
    request(1, 500, status="failed"),
    request(2, 70, phase="drain"),
)


def test_each_turn_has_a_row_of_the_windows_requests() -> None:
    found = told_of_tasks(run_of(tasked(task(), requests=REQUESTS)))
    assert found["turns"] == [
        {
            "turn": 1,
            "requests": 1,
            "ttft_p50_s": pytest.approx(10e-9),
            "e2e_p50_s": pytest.approx(20e-9),
            "input_tokens_mean": 20.0,
            "cached_share": 0.0,
        },
        {
            "turn": 2,
            "requests": 3,
            "ttft_p50_s": pytest.approx(40e-9),
            "e2e_p50_s": pytest.approx(50e-9),
            "input_tokens_mean": 70.0,
            "cached_share": 0.5,
        },
    ]


def test_ends_are_counted_of_the_windows_tasks() -> None:
    ends = (task(1), task(2, end="context"), task(3), task(4, phase="warmup", end="refused"))
    found = told_of_tasks(run_of(tasked(*ends)))
    assert (found["tasks"], found["ends"]) == (3, {"context": 1, "done": 2})


def test_nothing_is_told_of_single_requests() -> None:
    found = summarise(run_of(measured(record((105, 115)))), SUBJECT)
    assert "tasks" not in found
    assert not any(name.startswith(("task.", "tool_calls", "prefix_cache")) for name in found["figures"])


def test_a_summary_holds_figures_of_tasks_and_is_plain_json() -> None:
    found = summarise(run_of(tasked(task(), task(200, None, end="censored", success=None), requests=REQUESTS)), SUBJECT)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["figures"]["task.e2e.p50"]["value"] == pytest.approx(500e-9)
    assert found["figures"]["task.success"]["value"] == 0.5
    assert found["figures"]["prefix_cache.hit"]["value"] == 70 / 160
    assert any("1 of 2 tasks had not ended" in warning for warning in found["warnings"])


def test_a_window_without_a_task_is_told() -> None:
    found = summarise(run_of(tasked(task(phase="warmup"), requests=REQUESTS)), SUBJECT)
    assert any("no task began in the window" in warning for warning in found["warnings"])


def test_rounds_are_told_together() -> None:
    windows = (Window(0, 1_000), Window(2_000, 3_000))
    rows = [replace_round(one, nth) for nth in (0, 1) for one in REQUESTS]
    tasks = tasked(*(task(100 + 2_000 * nth, 600 + 2_000 * nth, round=nth) for nth in (0, 1)), requests=tuple(rows))
    run = run_of(replace(tasks, rounds=windows, window=Window(0, 3_000)))
    found = told_of_tasks(run)
    assert found["tasks"] == 2
    assert [one["requests"] for one in found["turns"]] == [2, 6]
    assert run.task.e2e.mean.n == 2


def replace_round(one: RequestRecord, nth: int) -> RequestRecord:
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    shift = 2_000 * nth
    stamps = {name: fields[name] + shift for name in ("scheduled_ns", "begun_ns", "sent_ns", "done_ns")}
    return RequestRecord(**fields | stamps | {"round": nth, "chunk_ns": [at + shift for at in one.chunk_ns]})


def test_parts_of_a_measurement_have_their_own_tasks() -> None:
    both = Measurement(
        tasked(requests=REQUESTS).requests,
        Window(0, 3_000),
        rounds=(Window(0, 1_000), Window(2_000, 3_000)),
        tasks=tasked(task(100), task(2_100, round=1), task(2_200, round=1)).tasks,
    )
    assert [part.tasks.num_rows for part in both.parts if part.tasks is not None] == [1, 2]
