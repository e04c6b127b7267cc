"""JSON lines, CSV and Parquet: what is in them is asked, and whatever else is in them is counted or refused."""

from __future__ import annotations

import csv as stdlib_csv
import gzip
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from pytest_fmbench import csv, jsonl, parquet
from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.rows.workload import Rows
from tests.support.rows import QUESTIONS, Row, asked, csv_file, json_lines, parquet_file

Write = Callable[[Path, Iterable[Row]], Path]
KINDS: dict[str, tuple[Callable[..., Rows], Write]] = {
    "jsonl": (jsonl, json_lines),
    "csv": (csv, csv_file),
    "parquet": (parquet, parquet_file),
}
each = pytest.mark.parametrize("kind", KINDS)


def opened(kind: str, path: Path) -> Rows:
    return KINDS[kind][0](path, prompt="{question}: {context}")


@each
def test_the_same_rows_in_each_kind_of_file(tmp_path: Path, kind: str) -> None:
    source, write = KINDS[kind]
    rows = source(write(tmp_path / f"q.{kind}", QUESTIONS), prompt="{context}", output_tokens="length", language="en")
    assert asked(rows, 2) == ["The sea is blue.", "The sky is grey {today}."]
    assert [rows.prompt(nth, 0).max_tokens for nth in range(2)] == [3, 7]
    assert rows.facts() == {
        "source": str(tmp_path / f"q.{kind}"),
        "rows": 3,
        "left_out": {"by 'language'": 1},
        "requests": 2,
        "characters": 20.0,
        "input_tokens": None,
        "output_tokens": 5.0,
        "cut": 0,
        "most_input": None,
    }


@each
def test_a_folder_is_all_of_its_files(tmp_path: Path, kind: str) -> None:
    for nth in (1, 0):
        KINDS[kind][1](tmp_path / f"part-{nth}.{kind}", [{"question": f"q{nth}", "context": "c"}])
    (tmp_path / "README.md").write_text("not a row")
    assert asked(opened(kind, tmp_path), 2) == ["q0: c", "q1: c"]


@each
def test_a_folder_without_files(tmp_path: Path, kind: str) -> None:
    rows = opened(kind, tmp_path)
    with pytest.raises(UsageError, match=rf"holds no file that ends in \.{kind}"):
        rows.check()


@each
@pytest.mark.parametrize("path", ["nowhere", "no\0where"])
def test_a_file_that_is_not_there_is_known_at_once(tmp_path: Path, kind: str, path: str) -> None:
    with pytest.raises(UsageError, match=rf"{kind}\('.*where'\): .* cannot be read: "):
        opened(kind, tmp_path / path)


@each
def test_an_empty_file(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(UsageError, match=r"holds no row|cannot be read as Parquet"):
        opened(kind, tmp_path / "x").check()


@each
def test_a_file_of_another_kind(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(UsageError, match=r"holds no row that can be asked|unknown column|cannot be read as Parquet"):
        opened(kind, tmp_path / "x").check()


@each
def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path, kind: str) -> None:
    write = KINDS[kind][1]
    path = write(tmp_path / "x", [{"question": "old", "context": "c"}])
    assert asked(opened(kind, path), 1) == ["old: c"]
    write(tmp_path / "x", [{"question": "new", "context": "c"}])
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))  # as it would be, did this not take less than a clock's tick
    assert asked(opened(kind, path), 1) == ["new: c"]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_gzipped_file_and_one_that_is_cut_off(tmp_path: Path, kind: str) -> None:
    plain = KINDS[kind][1](tmp_path / "plain", [{"question": f"q{nth}", "context": "c" * nth} for nth in range(500)])
    packed = gzip.compress(plain.read_bytes())
    (tmp_path / "whole.gz").write_bytes(packed)
    (tmp_path / "cut.gz").write_bytes(packed[: len(packed) // 2])
    assert asked(opened(kind, tmp_path / "whole.gz"), 2) == ["q0: ", "q1: c"]
    with pytest.raises(UsageError, match="cut off or damaged"):
        opened(kind, tmp_path / "cut.gz").check()


def test_lines_that_are_no_rows(tmp_path: Path) -> None:
    lines = [
        b'{"question": "q", "context": "c"}',
        b'{"question": "cut',
        b"[1]",
        b"",
        b'{"question": "\xff"}',
        b"[" * 9999,
    ]
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    rows = opened("jsonl", tmp_path / "x")
    assert asked(rows, 1) == ["q: c"]
    left = rows.facts()["left_out"]
    assert sum(left.values()) == 4
    assert left["not JSON"] >= 2
    assert left["no JSON object"] == 1


def test_ragged_and_odd_rows_of_csv(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbfquestion, context\r\nq,"a\r\n""b"""\r\nq\r\nq,c,d\r\n\r\nq,\xff\xfe\r\n\xc3\xa4,c\r\nq,"open'
    (tmp_path / "x").write_bytes(text)
    rows = opened("csv", tmp_path / "x")
    assert asked(rows, 3) == ['q: a\r\n"b"', "\u00e4: c", "q: open"]
    assert rows.facts()["left_out"] == {"with more or fewer columns": 2, "with text that is no UTF-8": 1}


def test_cells_longer_than_python_takes_by_itself(tmp_path: Path) -> None:
    before = stdlib_csv.field_size_limit()
    path = csv_file(tmp_path / "x", [{"question": "q", "context": "c" * 200_000}])
    assert len(asked(opened("csv", path), 1)[0]) == 200_003
    assert stdlib_csv.field_size_limit() == before


def test_another_delimiter(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_text("question\tcontext\nq,r\tc\n")
    rows = csv(tmp_path / "x.tsv", delimiter="\t", prompt="{question}")
    assert asked(rows, 1) == ["q,r"]
    assert repr(rows) == r"csv('x.tsv', delimiter='\t', prompt='{question}')"
    with pytest.raises(UsageError, match=r"csv\(delimiter=''\): give one character"):
        csv(tmp_path / "x.tsv", delimiter="", prompt="{question}")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_that_the_file_has_not(tmp_path: Path, kind: str) -> None:
    path = KINDS[kind][1](tmp_path / "x", [{"questions": "q", "context": "c"}])
    with pytest.raises(
        UsageError, match=r"unknown column of .*x 'question', did you mean 'questions'\? Known: context, q"
    ):
        opened(kind, path).check()


def test_text_in_parquet_that_is_none(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    broken = pa.array([b"q", b"\xff\xfe", b"r"], pa.binary()).view(pa.string())
    write_table(pa.table({"question": broken, "context": pa.array(["c", "d", None])}), tmp_path / "x")
    rows = opened("parquet", tmp_path / "x")
    assert asked(rows, 1) == ["q: c"]
    assert rows.facts()["left_out"] == {"not UTF-8": 1, "with nothing in 'context'": 1}


def test_parquet_that_is_cut_off(tmp_path: Path) -> None:
    path = parquet_file(tmp_path / "x", QUESTIONS)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UsageError, match="x cannot be read as Parquet: "):
        opened("parquet", path).check()
