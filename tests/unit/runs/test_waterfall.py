from __future__ import annotations

import json
from typing import Any

from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.task import THINKING
from pytest_fmbench.runs.waterfall import waterfalls
from tests.support.records import measured, record
from tests.support.tasks import task, tasked

SECOND = 1_000_000_000


def request(begun_s: int, *chunks_s: int, session_id: str = "0.0", **changed: Any) -> RequestRecord:
    ended_s = chunks_s[-1] if chunks_s else begun_s
    stamps = {"begun_ns": begun_s * SECOND, "sent_ns": begun_s * SECOND, "done_ns": ended_s * SECOND}
    chunks = tuple(one * SECOND for one in chunks_s)
    return record(chunks, session_id=session_id, **{**stamps, **changed})


def spans(*told: tuple[str, int, int, str | None]) -> dict[str, Any]:
    names, begins_s, ends_s, errors = zip(*told, strict=True)
    return {
        "span_name": names,
        "span_begin_ns": [one * SECOND for one in begins_s],
        "span_end_ns": [one * SECOND for one in ends_s],
        "span_error": errors,
    }


def test_a_task_is_its_requests_its_tools_and_its_thinking_in_order() -> None:
    told = request(10, 12, 14, input_tokens=50, cached_tokens=30, output_tokens=3)
    refused = request(17, turn=1, status="failed", error="timeout: 1 s")
    apart = spans(("stock", 14, 15, "it is closed"), (THINKING, 15, 17, None))
    ends = {"end": "refused", "success": None, "error": "timeout: 1 s"}
    one = task(10 * SECOND, 18 * SECOND, session_id="0.0", **ends, **apart)
    [found] = waterfalls(tasked(one, requests=(refused, told)))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found == {
        "session_id": "0.0",
        "round": 0,
        "begun_ns": 10 * SECOND,
        "seconds": 8.0,
        **ends,
        "spans": [
            {
                "kind": "request",
                "name": "",
                "turn": 0,
                "status": "ok",
                "error": None,
                "begin_s": 0.0,
                "first_s": 2.0,
                "end_s": 4.0,
                "input_tokens": 50,
                "cached_tokens": 30,
                "output_tokens": 3,
            },
            {"kind": "tool", "name": "stock", "begin_s": 4.0, "end_s": 5.0, "error": "it is closed"},
            {"kind": "thinking", "name": "", "begin_s": 5.0, "end_s": 7.0, "error": None},
            {
                "kind": "request",
                "name": "",
                "turn": 1,
                "status": "failed",
                "error": "timeout: 1 s",
                "begin_s": 7.0,
                "first_s": None,
                "end_s": 7.0,
                "input_tokens": None,
                "cached_tokens": None,
                "output_tokens": 0,
            },
        ],
    }


def test_the_slowest_tasks_of_the_window_come_first() -> None:
    tasks = [task(nth * SECOND, (2 * nth + 1) * SECOND, session_id=str(nth)) for nth in (2, 1, 3)]
    early = task(0, 99 * SECOND, phase="warmup", session_id="early")
    found = waterfalls(tasked(*tasks, early), most=2)
    assert [(one["session_id"], one["seconds"]) for one in found] == [("3", 4.0), ("2", 3.0)]


def test_a_task_that_was_cut_off_took_until_the_last_that_is_known_of_it() -> None:
    cut: dict[str, Any] = {"done_ns": None, "end": "censored", "success": None}
    in_request, in_nothing = (task(SECOND, session_id=name, **cut) for name in "ac")
    in_tool = task(SECOND, session_id="b", **cut, **spans(("stock", 1, 5, None)))
    requests = (request(1, 3, session_id="a", status="censored"), request(9, 99, session_id="another"))
    found = waterfalls(tasked(in_request, in_tool, in_nothing, requests=requests))
    assert [(one["session_id"], one["seconds"]) for one in found] == [("b", 4.0), ("a", 2.0), ("c", 0.0)]


def test_single_requests_have_no_waterfalls() -> None:
    assert waterfalls(measured(record((105,)))) == []
