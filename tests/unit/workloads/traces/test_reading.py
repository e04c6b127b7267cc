"""Files that are not as they should be: known before a run, or counted."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_fmbench.catalog import TRACES
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.traces import lines
from pytest_fmbench.workloads.traces.base import Unusable
from pytest_fmbench.workloads.traces.detecting import detected
from pytest_fmbench.workloads.traces.reading import load
from pytest_fmbench.workloads.traces.table import Loaded
from pytest_fmbench.workloads.traces.wall import wall_ns
from tests.support.traces import json_lines, mooncake, written

HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens"
GOOD = "2023-11-16 18:17:03.9799600,4808,10"


def read(path: Path, name: str | None = None) -> Loaded:
    return load(path, detected(path, name, TRACES), TRACES)


@pytest.mark.parametrize(
    "content", [b"", b"\n\r\n  \n", gzip.compress(b"")], ids=["nothing", "blank", "packed nothing"]
)
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(UsageError, match=r"t\.csv is empty"):
        read(tmp_path / "t.csv")


def test_a_folder_without_captures_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no \*\.jsonl"):
        read(tmp_path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="t cannot be read: No such file"):
        read(tmp_path / "t")


def test_a_packed_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [HEADER, GOOD], packed=True)
    assert len(read(path).table) == 1


def test_a_mark_of_the_byte_order_is_no_part_of_a_column(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["\ufeff" + HEADER, GOOD])
    assert read(path).format == "azure"


@pytest.mark.parametrize("cut", [0.05, 0.5, 0.97])
def test_a_packed_file_that_is_cut_off_is_told(tmp_path: Path, cut: float) -> None:
    rows = [
        f"2023-11-16 18:17:03.{nth * 7919 % 9999999:07d},{nth * 31 % 977 + 1},{nth % 89 + 1}" for nth in range(3000)
    ]
    whole = written(tmp_path / "t.gz", [HEADER, *rows], packed=True).read_bytes()
    (tmp_path / "t.gz").write_bytes(whole[: int(cut * len(whole))])
    with pytest.raises(
        UsageError, match=r"t\.gz is cut off or damaged: it cannot be unpacked beyond line [\d,]+ .*fetch"
    ):
        read(tmp_path / "t.gz")


def test_a_schema_that_is_none_is_told_with_what_was_found_and_what_each_format_needs(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["time,prompt,reply", "1,2,3"])
    with pytest.raises(UsageError) as raised:
        read(path)
    told = str(raised.value)
    assert "no trace of a known format. It begins with the columns prompt, reply, time." in told
    assert "  burstgpt: CSV with a header, Timestamp, Request tokens, Response tokens, Log Type" in told
    assert all(f"\n  {name}: " in told for name in TRACES)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ('{"timestamp": 1, "input": 2}', "a JSON object of input, timestamp"),
        ('{"timestamp": 1', "a line that is no JSON object"),
        (",".join(f"c{nth:02d}" for nth in range(20)), "c11 and 8 more"),
        ("x" * 50, "x" * 40 + r"\.\.\."),
    ],
)
def test_what_was_found_is_told_briefly(tmp_path: Path, first: str, told: str) -> None:
    with pytest.raises(UsageError, match=f"It begins with .*{told}"):
        read(written(tmp_path / "t", [first, first]))


def test_a_format_may_be_said_and_is_held_to(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", [HEADER, GOOD])
    assert read(path, "azure").format == "azure"
    with pytest.raises(UsageError, match="no trace of the format 'mooncake'"):
        read(path, "mooncake")
    with pytest.raises(UnknownName, match="unknown trace format 'azur', did you mean 'azure'"):
        read(path, "azur")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2023-11-16 18:17:04,-5,10", "negative input tokens"),
        ("2023-11-16 18:17:04,5,-1", "negative output tokens"),
        ("2023-11-16 18:17:04,0,10", "no input tokens"),
        ("2023-11-16 18:17:04,5,0", "no output tokens"),
        ("2023-11-16 18:17:04,5.5,1", "input tokens out of range"),
        ("2023-11-16 18:17:04,5e30,1", "input tokens out of range"),
        ("2023-11-16 18:17:04,5,10000001", "output tokens out of range"),
        ("2023-11-16 18:17:04,many,1", "input tokens that are no number"),
        ("2023-11-16 18:17:04,nan,1", "input tokens that are no number"),
        ("2023-11-16 18:17:04,5,", "output tokens that are no number"),
        ("yesterday,5,1", "a time that is none"),
        ("2023-02-30 18:17:04,5,1", "a time that is none"),
        ("2023-11-16 18:17:04,5", "with more or fewer columns"),
        ("2023-11-16 18:17:04,5,1,", "with more or fewer columns"),
    ],
)
def test_a_row_that_cannot_be_asked_is_left_out_and_counted(tmp_path: Path, line: str, reason: str) -> None:
    loaded = read(written(tmp_path / "t.csv", [HEADER, GOOD, line, GOOD, line]))
    assert len(loaded.table) == 2
    assert loaded.skipped == {reason: 2}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "no JSON object"),
        ('{"timestamp": 1, "input_length": 2, "output_length": 3}', "without 'hash_ids'"),
        (
            '{"timestamp": 1, "input_length": 2, "output_length": 3, "hash_ids": [0.5]}',
            "block ids that are no whole numbers",
        ),
        (
            '{"timestamp": 1, "input_length": 2, "output_length": 3, "hash_ids": 7}',
            "block ids that are no whole numbers",
        ),
        (
            '{"timestamp": 1, "input_length": true, "output_length": 3, "hash_ids": []}',
            "input tokens that are no number",
        ),
        ('{"timestamp": null, "input_length": 2, "output_length": 3, "hash_ids": []}', "a time that is no number"),
        ('{"timestamp": 1e300, "input_length": 2, "output_length": 3, "hash_ids": []}', "a time out of range"),
    ],
)
def test_so_is_one_of_json_lines(tmp_path: Path, row: str, reason: str) -> None:
    path = json_lines(tmp_path / "t", [mooncake(0, 5, [1])])
    path.write_text(path.read_text() + "\n" + row)
    loaded = read(path)
    assert len(loaded.table) == 1
    assert loaded.skipped == {reason: 1}


def test_a_file_without_a_row_that_can_be_asked_is_told_with_the_reasons(tmp_path: Path) -> None:
    lines_ = [HEADER, "2023-11-16 18:17:04,5,0", "2023-11-16 18:17:04,5,0", "soon,5,1"]
    with pytest.raises(
        UsageError, match=r"can be asked; rows of it \(azure\): 2 no output tokens, 1 a time that is none"
    ):
        read(written(tmp_path / "t.csv", lines_))
    with pytest.raises(UsageError, match=r"rows of it \(azure\): none"):
        read(written(tmp_path / "t.csv", [HEADER]))


def test_times_that_run_backwards_are_sorted_and_counted_and_blocks_go_with_their_rows(tmp_path: Path) -> None:
    rows = [
        mooncake(9, 30, [1, 2]),
        mooncake(3, 10),
        mooncake(6, 20, [7]),
        mooncake(6, 21, [8, 9]),
        mooncake(5, 15, [4]),
    ]
    loaded = read(json_lines(tmp_path / "t", rows))
    assert loaded.backwards == 2
    assert loaded.table.at_ns.tolist() == [0, 2_000_000, 3_000_000, 3_000_000, 6_000_000]
    assert loaded.table.input_tokens.tolist() == [10, 15, 20, 21, 30]
    assert [loaded.table.blocks_of(row) for row in range(5)] == [[], [4], [7], [8, 9], [1, 2]]


def test_a_file_that_has_no_lines_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1 << 20)
    (tmp_path / "t").write_bytes(b"{" * (3 << 20))
    with pytest.raises(UsageError, match="a line has more than 1 MiB"):
        read(tmp_path / "t")


@pytest.mark.parametrize(
    ("step_ms", "many", "tick_ns"), [(3000, 4, 3_000_000_000), (1, 1, 0), (1000, 2, 1_000_000_000)]
)
def test_coarse_times_are_noticed(tmp_path: Path, step_ms: int, many: int, tick_ns: int) -> None:
    rows = [mooncake(at * step_ms, 5) for at in range(50) for _ in range(many)]
    assert read(json_lines(tmp_path / "t", rows)).table.tick_ns == tick_ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01 00:00:00", 0),
        ("1970-01-01T00:00:00.0000001Z", 100),
        ("1970-01-01 01:00:00+01:00", 0),
        ("1970-01-01 00:00:00.5-0130", 5_400_500_000_000),
        ("2023-11-16 18:17:03.9799600", 1_700_158_623_979_960_000),
    ],
)
def test_wall_times_are_exact(text: str, ns: int) -> None:
    assert wall_ns(text) == ns


@pytest.mark.parametrize(
    "text", ["", "2023-11-16", "2023-13-01 00:00:00", "2023-01-01 24:00:00", 5, None, "٢٠٢٣-01-01 00:00:00"]
)
def test_what_is_no_wall_time_is_unusable(text: Sequence[str]) -> None:
    with pytest.raises(Unusable):
        wall_ns(text)
