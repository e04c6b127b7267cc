"""A session that has something for every export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.sinks.exports.base import Exported
from pytest_fmbench.store.answers import write_answers
from pytest_fmbench.store.session import read_json
from pytest_fmbench.store.tasks import TASKS, to_tasks, write_tasks
from pytest_fmbench.store.telemetry import TELEMETRY, write_telemetry
from tests.support.sessions import kept_case, kept_session, requests
from tests.support.tasks import task
from tests.support.telemetry import At, telemetry

NAME = "2026-11-26T000000Z-abcdef"


def _asked(nth: int, ms: float, **changed: Any) -> list[RequestRecord]:
    return requests(ms, request_id=f"{nth:032x}"[::-1], **changed)


RECORDS: dict[str, Sequence[RequestRecord]] = {
    "one": [
        *(one for nth, ms in enumerate((10, 20, 30, 40)) for one in _asked(nth, ms)),
        *_asked(4, 5, status="failed", error="timeout: nothing came"),
        *_asked(5, 500, phase="warmup"),
    ],
    "two": [*_asked(6, 100), *_asked(7, 300)],
}
ANSWERS = [
    Answered("a", "text", 3, "stop", scores={"f1": 0.5}),
    Answered("b", None, 1, "length", abstained=True, scores={"f1": 0.0}),
]


def exported(folder: Path) -> Exported:
    """Leave it in ``folder``: two cases, the first with telemetry and tasks, and answers."""
    session = kept_session(folder / NAME, {})
    cases = [session / "cases" / name for name in RECORDS]
    kept = [kept_case(case, RECORDS[case.name], name=case.name, case=f"test_a.py::{case.name}") for case in cases]
    tasks = [task(100, 600, tool_ns=100, think_ns=50), task(200, 400, success=False, end="gave up")]
    write_tasks(cases[0] / TASKS, to_tasks(tasks))
    sampled = telemetry(At(0.0, "server.waiting", 1.0), At(0.0, "server.ttft_bucket", 2.0, bound=float("inf")))
    write_telemetry(cases[0] / TELEMETRY, sampled)
    answers = session / "answers" / "basics" / "answers.parquet"
    write_answers(answers, ANSWERS)
    return Exported(kept, cases, [answers], read_json(session / "session.json"))
