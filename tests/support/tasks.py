"""Tasks in a line."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.task import TaskRecord
from pytest_fmbench.store.table import to_table
from pytest_fmbench.store.tasks import to_tasks
from tests.support.records import WINDOW


def task(begun_ns: int = 100, done_ns: int | None = 600, **changed: Any) -> TaskRecord:
    """A task that came to a good end, of which ``changed`` says what is different."""
    fields: dict[str, Any] = {
        "session_id": f"0.{begun_ns}",
        "phase": "window",
        "round": 0,
        "worker": 0,
        "scheduled_ns": begun_ns - 10,
        "begun_ns": begun_ns,
        "done_ns": done_ns,
        "requests": 3,
        "failed_requests": 0,
        "input_tokens": 90,
        "output_tokens": 30,
        "cached_tokens": 50,
        "tool_calls": 0,
        "valid_tool_calls": 0,
        "think_ns": 0,
        "tool_ns": 0,
        "success": True,
        "end": "done",
        "error": None,
    }
    return TaskRecord(**fields | changed)


def tasked(*tasks: TaskRecord, requests: tuple[RequestRecord, ...] = (), window: Window = WINDOW) -> Measurement:
    """A measurement of these tasks."""
    return Measurement(to_table(requests), window, tasks=to_tasks(tasks))
