from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.sinks.exports.tables import write_csv, write_jsonl
from tests.support.exported import exported

TABLES = ["answers.basics", "figures", "requests", "tasks", "telemetry", "verdicts"]


def in_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def in_json(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_table_is_a_file_whose_rows_know_their_case(tmp_path: Path) -> None:
    told = write_csv(exported(tmp_path), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"{name}.csv" for name in TABLES]
    rows = in_csv(tmp_path / "out" / "requests.csv")
    assert [row["case"] for row in rows].count("test_a.py::two") == 2
    assert told.startswith(f"{len(rows)} rows of requests, 2 rows of tasks, 2 rows of telemetry")
    assert [*rows[0]][:3] == ["case", "request_id", "session_id"]


def test_a_list_is_json_in_its_cell(tmp_path: Path) -> None:
    write_csv(exported(tmp_path), tmp_path / "out")
    rows = in_csv(tmp_path / "out" / "requests.csv")
    assert {len(json.loads(row["chunk_ns"])) for row in rows} == {2}
    assert {row["chunk_kind"] for row in rows} == {'["content","content"]'}
    assert [row["error"] for row in rows if row["status"] == "failed"] == ["timeout: nothing came"]


def test_in_json_everything_keeps_its_type(tmp_path: Path) -> None:
    write_jsonl(exported(tmp_path), tmp_path / "out")
    [first, *_] = in_json(tmp_path / "out" / "requests.jsonl")
    assert (type(first["sent_ns"]), type(first["chunk_ns"]), first["group"]) == (int, list, None)
    assert [row["bound"] for row in in_json(tmp_path / "out" / "telemetry.jsonl")] == [None, None]  # none, and infinite
    assert [row["success"] for row in in_json(tmp_path / "out" / "tasks.jsonl")] == [True, False]


def test_figures_are_those_of_the_report(tmp_path: Path) -> None:
    session = exported(tmp_path)
    write_jsonl(session, tmp_path / "out")
    found = {(row["run"], row["figure"]): row for row in in_json(tmp_path / "out" / "figures.jsonl")}
    for one in session.summaries:
        for name, figure in one["figures"].items():
            row = found[one["name"], name]
            assert {key: row[key] for key in figure} == figure


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    session = exported(tmp_path)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StoreError, match="cannot write into"):
        write_csv(session, tmp_path / "taken")
