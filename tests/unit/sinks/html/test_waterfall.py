"""Waterfalls of tasks, as the page's data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.sinks.html.base import Told
from pytest_fmbench.sinks.html.page import render
from pytest_fmbench.sinks.html.parts.waterfall import MOST_SPANS
from pytest_fmbench.store.table import to_table, write_measurement
from pytest_fmbench.store.tasks import to_tasks
from tests.support.agents_shown import agents_run
from tests.support.pages import Page, own_part
from tests.support.records import record, run_of
from tests.support.sessions import SUBJECT
from tests.support.tasks import task

S, MS = 1_000_000_000, 1_000_000


def shown(folder: Path, measurement: Measurement) -> str:
    """The page of a session of this one run."""
    summary = summarise(run_of(measurement), SUBJECT)
    where = folder / "cases" / "c0"
    where.mkdir(parents=True)
    write_measurement(where / "requests.parquet", measurement)
    return render(Told([{**summary, "folder": "cases/c0"}], {}, folder))


def one_task(**changed: Any) -> Measurement:
    """A task of a request, a tool that failed and a pause, which began at 1 s."""
    asked = record(
        (S + 200 * MS, S + 300 * MS), session_id="0.0", begun_ns=S, scheduled_ns=S, sent_ns=S, input_tokens=50,
        cached_tokens=20, output_tokens=2,
    )  # fmt: skip
    spans = {
        "span_name": ["search", "(think)"],
        "span_begin_ns": [S + 300 * MS, S + 400 * MS],
        "span_end_ns": [S + 400 * MS, S + 900 * MS],
        "span_error": ["bad: tell me about cats", None],
    }
    talk = task(S, S + 900 * MS, session_id="0.0", **spans | changed)
    return Measurement(to_table([asked]), Window(0, 2 * S), tasks=to_tasks([talk]))


def test_a_task_is_its_requests_tools_and_pauses_in_order(tmp_path: Path) -> None:
    made = Page(shown(tmp_path, one_task()))
    (only,) = made.data["run-0-waterfall"]
    assert only["seconds"] == 0.9
    assert only["spans"] == [
        ["request", "request 1", 0.0, 0.2, 0.3, "", "50 tokens in (20 cached), 2 out"],
        ["tool", "search", 0.3, None, 0.4, "failed"],
        ["thinking", "thinking", 0.4, None, 0.9, ""],
    ]
    about = "begun at 0 s, 1 request, 1 tool call (1 failed), 1 pause; came to its end, and succeeded"
    assert only["about"] == about
    assert f"1: 900 ms {about}" in made.text("closely")


def test_why_a_tool_or_a_server_failed_may_repeat_a_prompt_and_is_left_out(tmp_path: Path) -> None:
    page = own_part(shown(tmp_path, one_task()))
    assert "cats" not in page
    assert "too long" not in own_part(shown(tmp_path / "2", agents_run()))


def test_the_ten_slowest_are_shown_and_the_first_is_pressed(tmp_path: Path) -> None:
    made = Page(shown(tmp_path, agents_run(12)))
    tasks = made.data["run-0-waterfall"]
    seconds = [one["seconds"] for one in tasks]
    assert (len(tasks), seconds) == (10, sorted(seconds, reverse=True))
    assert "status: " not in str(tasks)
    assert any(span[5] == "failed: status" for one in tasks for span in one["spans"])
    lists = [one["data-lines"] for one in made.with_attribute("data-alone")]
    assert lists == ["run-0-waterfall"]
    pressed = [one["aria-pressed"] for one in made.with_attribute("data-line")][:10]
    assert pressed == ["true", *["false"] * 9]


def test_of_a_task_of_many_steps_the_longest_are_drawn(tmp_path: Path) -> None:
    many = 3 * MOST_SPANS
    begins = [S + nth * MS for nth in range(many)]
    spans = {
        "span_name": ["search"] * many,
        "span_begin_ns": begins,
        "span_end_ns": [begin + (nth + 1) * 1_000 for nth, begin in enumerate(begins)],
        "span_error": [None] * many,
    }
    (only,) = Page(shown(tmp_path, one_task(**spans))).data["run-0-waterfall"]
    lengths = [span[4] - span[2] for span in only["spans"]]
    assert len(lengths) == MOST_SPANS
    assert f"{many} tool calls" in only["about"], "what is not drawn is counted"
    assert min(lengths[1:]) > 0.0001


def test_single_requests_have_none(tmp_path: Path) -> None:
    alone = Measurement(to_table([record((200, 300))]), Window(0, S))
    assert "run-0-waterfall" not in Page(shown(tmp_path, alone)).data
