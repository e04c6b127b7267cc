from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench import Deployment, Truth, chat, graded, jsonl, judged, longbench, panel
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.quality.judges.panel import Judges
from pytest_fmbench.quality.judges.presets import HELPFUL
from pytest_fmbench.quality.numeric import Numeric
from pytest_fmbench.quality.task import Task
from tests.support.answers import said
from tests.support.rows import json_lines, letters

JUDGE = Deployment("judge", "endpoint", "url:http://127.0.0.1:1/v1")
ROWS = [
    {"q": "one", "a": "1", "id": "first"},
    {"q": "two", "a": ["2", "II"]},
    {"q": "nothing", "a": None},
    {"q": "empty", "a": []},
    {"q": "two", "a": ["2", "II"]},
    {"q": "three", "a": 3},
]
LONGBENCH = {
    "input": "What is it?",
    "context": "A long text.",
    "answers": ["Food"],
    "all_classes": ["Food", "City"],
    "_id": "a1",
}


def rows_of(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "rows.jsonl", ROWS)


def test_rows_become_items_with_their_truths(tmp_path: Path) -> None:
    task = graded(jsonl(rows_of(tmp_path), prompt="Say {q}."), "exact_match", answers="a").task_for(letters)
    assert [one.truth.answers for one in task.items] == [("1",), ("2", "II"), ("2", "II"), ("3",)]
    assert task.items[0].prompt.messages[0].content == "Say one."
    assert task.items[0].name == "first"
    assert task.items[2].name == f"{task.items[1].name}#2"
    assert type(task.items[0].prompt).__name__ == "Prompt"
    assert task.scorer_names == ("exact_match",)


def test_rows_may_be_judged_and_not_marked(tmp_path: Path) -> None:
    rows = jsonl(rows_of(tmp_path), prompt="Say {q}.")
    task = judged(rows, panel(JUDGE)).task_for(letters)
    assert len(task.items) == len(ROWS), "nobody must say what is right"
    assert (task.scorer_names, task.judges, task.items[0].truth) == ((), Judges(panel(JUDGE), HELPFUL), Truth())
    task.see_that_it_can_be_marked()
    told = judged(rows, panel(JUDGE), "correct", answers="a").task_for(letters)
    assert [one.truth.answers for one in told.items] == [("1",), ("2", "II"), ("2", "II"), ("3",)]
    both = graded(rows, "numeric", answers="a").judged(panel(JUDGE), "correct").task_for(letters)
    assert both.judges == told.judges
    with pytest.raises(UsageError, match="the rubric correct is judged by what is right: answers=COLUMN"):
        judged(rows, panel(JUDGE), "correct")
    with pytest.raises(UsageError, match="a Task has judged"):
        judged(task, panel(JUDGE))  # type: ignore[arg-type]  # to be refused


def test_a_row_has_its_name_wherever_it_stands(tmp_path: Path) -> None:
    turned = json_lines(tmp_path / "turned.jsonl", [{"a": 3, "q": "three"}, *ROWS[:2]])
    one, other = (
        graded(jsonl(path, prompt="{q}"), "numeric", answers="a").task_for(letters)
        for path in (rows_of(tmp_path), turned)
    )
    names = {item.prompt.messages[0].content: item.name for item in one.items}
    assert all(names[item.prompt.messages[0].content] in (item.name, f"{item.name}#2") for item in other.items)


def test_rows_are_cut_and_chosen_as_their_workload_says(tmp_path: Path) -> None:
    rows = jsonl(
        json_lines(tmp_path / "long.jsonl", [{"q": "x" * 100 + "y" * 100, "a": "1"}] * 3),
        prompt="{q}",
        most_input=50,
        rows=2,
    )
    task = graded(rows, Numeric(absolute=1.0), answers="a").task_for(letters)
    assert len(task.items) == 2
    text = task.items[0].prompt.messages[0].content
    assert len(text) < 60
    assert text.startswith("xx")
    assert text.endswith("yy")
    assert task.marked(task.items[0], said("2")).first.value == 1.0


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("trec", "\n\nFood\nQuestion: City", 1.0),  # the first line alone
        ("passage_count", "There are Food", 0.0),
        ("qasper", "Food City", 2 / 3),
    ],
)
def test_longbench_is_marked_as_its_authors_mark_it(tmp_path: Path, name: str, text: str, expected: float) -> None:
    path = json_lines(tmp_path / f"{name}.jsonl", [LONGBENCH])
    task = graded(longbench(name, path)).task_for(letters)
    assert (task.items[0].name, task.items[0].truth.classes) == ("a1", ("Food", "City"))
    assert task.marked(task.items[0], said(text)).first.value == pytest.approx(expected)


def test_mistakes_are_told_at_once(tmp_path: Path) -> None:
    rows = jsonl(rows_of(tmp_path), prompt="{q}")
    with pytest.raises(UsageError, match="name a scorer, one of exact_match"):
        graded(rows)
    with pytest.raises(UnknownName, match="unknown scorer 'f2'"):
        graded(rows, "f2")
    with pytest.raises(UsageError, match="give rows"):
        graded(chat(4), "f1")  # type: ignore[arg-type]  # to be refused
    with pytest.raises(UsageError, match=r"unknown column of .*nowhere"):
        graded(rows, "f1", answers="nowhere").task_for(letters)


def test_each_longbench_task_has_its_scorer(tmp_path: Path) -> None:
    from pytest_fmbench.workloads.rows.graded import _LONGBENCH
    from pytest_fmbench.workloads.rows.longbench import task_of

    for name in _LONGBENCH:
        task_of(name)
        made = graded(longbench(name, json_lines(tmp_path / f"{name}.jsonl", [LONGBENCH])))
        assert isinstance(made.task_for(letters), Task)
    assert len(_LONGBENCH) == 21
