"""Rows that become whole bodies."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pytest_fmbench import csv, jsonl, parquet
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.prompt import Wanted
from tests.support.rows import csv_file, json_lines

ROWS = [
    {"user": 17, "liked": ["a", {"b": None}], "name": "Ada {x}", "keep": 1},
    {"user": 18, "liked": [], "name": "Eve", "keep": 0},
    {"user": 19, "name": "Kim", "keep": 1},
]
BODY = {"who": {"id": "{user}", "said": "I am {name} ({user})."}, "history": ["{liked}", True], "k": 10, "{{": "{{}}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return json_lines(tmp_path / "users.jsonl", ROWS)


def test_a_body_is_filled_and_a_column_alone_stays_what_it_is(file: Path) -> None:
    rows = jsonl(file, body=BODY)
    asked = rows.prompt(0, 0)
    assert asked.fields == {
        "who": {"id": 17, "said": "I am Ada {x} (17)."},
        "history": [["a", {"b": None}], True],
        "k": 10,
        "{{": "{}",
    }
    assert (asked.messages, asked.wanted, asked.max_tokens) == ((), Wanted.JSON, 0)
    assert rows.facts()["left_out"] == {"without 'liked'": 1}
    assert rows.facts()["requests"] == 2


def test_it_is_tried_and_counted_as_other_rows_are(file: Path) -> None:
    rows = jsonl(file, body={"user": "{user}"}, where={"keep": 1})
    rows.check()
    assert rows.least(0).fields == {"user": 17}
    assert rows.input_tokens(None) is None
    assert rows.input_tokens(7) == 7
    assert [rows.prompt(nth, 0).fields["user"] for nth in range(3)] == [17, 19, 17]
    assert repr(rows) == "jsonl('users.jsonl', body={'user': '{user}'}, where={'keep': 1})"


def test_cells_of_csv_are_text(tmp_path: Path) -> None:
    rows = csv(csv_file(tmp_path / "users.csv", [{"user": 17}]), body={"user": "{user}"})
    assert rows.prompt(0, 0).fields == {"user": "17"}


def test_what_json_does_not_know_is_left_out(tmp_path: Path) -> None:
    table = pa.table({"user": [1, 2], "seen": [b"\xff", None]})
    pq.write_table(table, tmp_path / "users.parquet")
    rows = parquet(tmp_path / "users.parquet", body={"user": "{user}", "seen": "{seen}"})
    with pytest.raises(UsageError, match="1 with a bytes, which JSON does not know, 1 with nothing in 'seen'"):
        rows.check()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"body": {}}, r"jsonl\(body=\{\}\): give a JSON object"),
        ({"body": ["{user}"]}, "give a JSON object"),
        ({"body": {"k": 10}}, "it names no column, so that all requests would be alike"),
        ({"body": {"k": {1}, "u": "{user}"}}, r"\{1\} is no JSON"),
        ({"body": {1: "{user}"}}, "the name 1 is no text"),
        ({"body": {"u": "{user"}}, "a single '{'"),
        ({"body": {"u": "{user}"}, "prompt": "{user}"}, r"jsonl\(body=, prompt=\): a body is the whole request"),
        ({"body": {"u": "{user}"}, "output_tokens": 4}, r"jsonl\(body=, output_tokens=\)"),
    ],
)
def test_a_body_that_cannot_be_is_refused(file: Path, options: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        jsonl(file, **options)  # type: ignore[arg-type]  # by name


def test_a_column_that_there_is_not_is_named(file: Path) -> None:
    with pytest.raises(UnknownName, match="'usr', did you mean 'user'"):
        jsonl(file, body={"user": "{usr}"}).check()
