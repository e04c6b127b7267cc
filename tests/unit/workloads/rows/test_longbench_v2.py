from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_fmbench import graded, longbench_v2
from pytest_fmbench.errors import UsageError
from tests.support.answers import said
from tests.support.rows import letters

ROW: dict[str, object] = {
    "_id": "b2",
    "difficulty": "easy",
    "question": " Who {went}? ",
    "choice_A": "Ann",
    "choice_B": "Bob",
    "choice_C": "Cleo",
    "choice_D": "Dan ",
    "answer": "B",
    "context": "Bob went.\n",
}


def data(tmp_path: Path, *rows: dict[str, object]) -> Path:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(rows))
    return path


def test_it_is_asked_in_the_words_of_its_authors(tmp_path: Path) -> None:
    rows = longbench_v2(data(tmp_path, ROW))
    prompt = rows.prompt(0, 0)
    text = prompt.messages[0].content
    assert text.startswith(
        "Please read the following text and answer the question below.\n\n<text>\nBob went.\n</text>"
    )
    assert "question: Who {went}?\nChoices:\n(A) Ann\n(B) Bob\n(C) Cleo\n(D) Dan\n\nFormat" in text
    assert text.endswith('"The correct answer is (insert answer here)".')
    assert prompt.max_tokens == 128
    assert repr(rows) == "longbench_v2('data.json')"


def test_it_is_marked_by_the_letter(tmp_path: Path) -> None:
    task = graded(longbench_v2(data(tmp_path, ROW, {**ROW, "_id": "b3", "answer": None}))).task_for(letters)
    (item,) = task.items
    assert item.name == "b2"
    assert task.marked(item, said("The correct answer is (B)")).first.value == 1.0
    assert not task.marked(item, said("Bob")).parsed


def test_what_is_no_question_is_left_out(tmp_path: Path) -> None:
    path = data(tmp_path, ROW, {"question": "x"})
    assert longbench_v2(path).facts()["requests"] == 1
    with pytest.raises(UsageError, match="holds no row"):
        longbench_v2(path, where={"difficulty": "hard"}).check()
