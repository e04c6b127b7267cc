from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.store.answers import read_answers, to_table, write_answers

ANSWERS = [
    Answered("a", "text", 3, "stop", scores={"f1": 0.5, "exact_match": 0.0}),
    Answered("b", None, 1, "length", abstained=True, scores={"numeric": 0.0}),
    Answered("c", error="timeout: nothing came"),
    Answered("d", "x", 2, parsed=False, scores={"exact_match": 0.0, "f1": 0.25}),
]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "there" / "answers.parquet"
    write_answers(path, ANSWERS)
    assert read_answers(path) == ANSWERS
    assert [next(iter(one.scores), None) for one in read_answers(path)] == ["f1", "numeric", None, "exact_match"]
    assert [*path.parent.iterdir()] == [path]


def test_a_scorer_that_does_not_mark_an_item_says_nothing_of_it() -> None:
    table = to_table(ANSWERS)
    assert table["score.f1"].to_pylist() == [0.5, None, None, 0.25]
    assert table["error"].to_pylist() == [None, None, "timeout: nothing came", None]


def test_where_there_is_none_there_are_no_answers(tmp_path: Path) -> None:
    assert read_answers(tmp_path / "answers.parquet") == []


def test_what_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    path.write_bytes(b"no table")
    with pytest.raises(StoreError, match="cannot read"):
        read_answers(path)
