"""The recipes of docs/data.md run, and say what the reports say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.catalog import EXPORTS
from tests.support.exported import exported

duckdb = pytest.importorskip("duckdb")

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")
RECIPES = dict(re.findall(r"```sql\n-- recipe: (\w+)\n(.*?)```", PAGE, re.DOTALL))

Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The rows of a recipe, in a folder with a session."""
    exported(tmp_path / "fmbench-out")
    monkeypatch.chdir(tmp_path)

    def ask(recipe: str) -> list[dict[str, Any]]:
        found = duckdb.connect().execute(RECIPES[recipe])
        return [dict(zip((one[0] for one in found.description), row, strict=True)) for row in found.fetchall()]

    return ask


def test_every_recipe_is_tried_here() -> None:
    assert {*RECIPES} == {"ttft", "gaps", "errors", "tail", "tasks", "figures", "answers"}


def test_percentiles_are_those_of_the_report(ask: Ask) -> None:
    one, two = ask("ttft")
    told = {row["figure"]: row["value"] for row in ask("figures") if row["name"] == "one"}
    assert (one["case_folder"], one["requests"], two["requests"]) == ("one", 4, 2)
    assert (one["p50_s"], one["p95_s"]) == pytest.approx((told["ttft.p50"], told["ttft.p95"]))


def test_gaps(ask: Ask) -> None:
    found = {row["case_folder"]: row for row in ask("gaps")}
    assert (found["one"]["gaps"], found["one"]["p99_ms"], found["one"]["shared"]) == (4, pytest.approx(1.0), 0)


def test_errors(ask: Ask) -> None:
    assert ask("errors") == [{"case_folder": "one", "cause": "timeout", "requests": 1}]


def test_the_tail_and_what_was_waiting_then(ask: Ask) -> None:
    found = ask("tail")
    assert [row["ttft_s"] for row in found] == pytest.approx([0.04, 0.03, 0.02, 0.01])
    assert {row["waiting"] for row in found} == {1.0}


def test_tasks(ask: Ask) -> None:
    found = {row["end"]: row for row in ask("tasks")}
    assert found["done"]["not_the_model"] == pytest.approx(0.3)
    assert found["gave up"]["success"] == 0


def test_figures_of_every_session(ask: Ask) -> None:
    found = ask("figures")
    assert {row["session"] for row in found} == {"2026-11-26T000000Z-abcdef"}
    assert {row["name"] for row in found} == {"one", "two"}


def test_answers(ask: Ask) -> None:
    assert ask("answers") == [{"task": "basics", "item": "a", "score.f1": 0.5}]


def test_every_export_is_documented_as_it_is() -> None:
    [table] = re.findall(r"<!-- exports -->\n(.*?)<!-- end of exports -->", PAGE, re.DOTALL)
    rows = [[cell.strip(" `/") for cell in line.strip("|\n").split(" | ")] for line in table.splitlines()[2:]]
    assert rows == [[name, EXPORTS[name].output, EXPORTS[name].help] for name in EXPORTS]
