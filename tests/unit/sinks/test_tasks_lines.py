from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.runs.summary import summarise
from pytest_fmbench.sinks.markdown import render
from pytest_fmbench.sinks.sheet import as_html
from pytest_fmbench.sinks.tasks import lines, listed
from tests.support.records import measured, record, run_of
from tests.support.tasks import task, tasked

SUBJECT = {"case": "test_talk", "deployment": "m+s+local", "workload": "multiturn()", "load": "closed:1"}
TALK = tasked(
    task(100, 2_000_000_100, tool_calls=4, valid_tool_calls=3),
    task(200, None, end="censored", success=None),
    requests=(
        record((105, 115), session_id="0.1", input_tokens=20, cached_tokens=5),
        record((205, 215), session_id="0.1", turn=1),
    ),
)


def summary(**changed: Any) -> dict[str, Any]:
    return summarise(run_of(TALK), SUBJECT | changed)


def test_a_run_with_tasks_has_a_row() -> None:
    header, row = lines([summary()])
    assert header.split("  ")[0] == "case"
    assert "valid calls  cache hits" in header
    assert row.split() == [
        "a",
        "case",
        "2",
        "50%",
        "2",
        "s",
        "2",
        "s",
        "3",
        "75%",
        "25%",
        "1",
        "censored,",
        "1",
        "done",
    ]


def test_ends_read_as_such_behind_a_number() -> None:
    ends = {"context": 2, "stuck": 1, "turns": 3}
    told = {**summary(), "tasks": {**summary()["tasks"], "ends": ends}}
    assert lines([told])[-1].endswith("2 out of context, 1 stuck, 3 out of turns")


def test_each_turn_is_listed() -> None:
    title, header, first, second = listed([summary()])
    assert title == "a case, by turn:"
    assert header.split()[:2] == ["turn", "requests"]
    assert first.split() == ["1", "1", "0.005", "us", "0.015", "us", "20", "25%"]
    assert second.split()[-2:] == ["n/a", "n/a"]


def test_single_requests_have_no_tables() -> None:
    plain = summarise(run_of(measured(record((105, 115)))), SUBJECT)
    assert lines([plain]) == []
    assert list(listed([plain])) == []
    assert "Tasks" not in render([plain], {})


def test_markdown_has_both_tables() -> None:
    text = render([summary()], {})
    assert "### Tasks" in text
    assert "| case | tasks | success | e2e p50 |" in text
    assert "`a case` by turn" in text
    assert "| 1 | 1 | 0.005 us |" in text


def test_a_sheet_knows_statistics_of_names_with_a_dot() -> None:
    page = as_html(summary(), {}, 0.95)
    assert "<tr><th>task.e2e</th>" in page
    assert "<tr><th>task.success</th>" in page


def test_what_a_task_costs_has_a_column_where_anybody_says_it() -> None:
    priced = summarise(run_of(replace(TALK, window=Window(0, 4_000_000_000), tariff=Tariff(7_200.0))), SUBJECT)
    header, free, paid = lines([summary(), priced])
    assert "cache hits  costs" in header
    assert "n/a  1 censored" in free
    assert "8 USD  1 censored" in paid
    assert "costs" not in "".join(lines([summary()]))
    assert "| costs |" in render([priced], {})
