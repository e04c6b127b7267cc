from __future__ import annotations

import tracemalloc
from array import array
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import Kinds
from pytest_fmbench.store.builder import TableBuilder
from pytest_fmbench.store.schema import SCHEMA
from pytest_fmbench.store.table import read_measurement, to_table, write_measurement
from tests.support.records import measured, record

COLUMNS = (
    "request_id session_id turn round worker phase scheduled_ns begun_ns pool_wait_ns connect_ns tls_ns sent_ns "
    "first_byte_ns chunk_ns chunk_tokens chunk_kind chunk_shared chunk_slack_ns done_ns input_tokens output_tokens "
    "counted_output_tokens cached_tokens finish_reason http_status server_timings status error stamp items "
    "reasoning_tokens group"
)


def test_the_columns_are_the_documented_ones() -> None:
    assert [field.name for field in SCHEMA] == COLUMNS.split()


def test_rows_stand_in_order_of_sending() -> None:
    table = to_table([record(request_id="b", sent_ns=20), record(request_id="a", sent_ns=10)])
    assert table["request_id"].to_pylist() == ["a", "b"]


def test_what_was_never_sent_stands_where_it_began() -> None:
    table = to_table([record(request_id="b", sent_ns=20), record(request_id="a", sent_ns=None, begun_ns=10)])
    assert table["request_id"].to_pylist() == ["a", "b"]


def test_parquet_gives_back_rows_and_window(tmp_path: Path) -> None:
    written = measured(record((105, 115), tokens=(1, 3)), record(error="connect: refused"), window=Window(3, 2**62))
    write_measurement(tmp_path / "requests.parquet", written)
    read = read_measurement(tmp_path / "requests.parquet")
    assert read.window == written.window
    assert read.requests.to_pylist() == written.requests.to_pylist()
    assert read.requests.schema.equals(SCHEMA)


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no/such/requests\.parquet"):
        write_measurement(tmp_path / "no/such/requests.parquet", measured())


@pytest.mark.parametrize("content", [None, b"", b"PAR1 but not really PAR1"])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "requests.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=r"requests\.parquet"):
        read_measurement(path)


def test_a_strange_table_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "requests.parquet")
    with pytest.raises(StoreError, match="no requests table of version 2 or 3"):
        read_measurement(tmp_path / "requests.parquet")


def foreign(path: Path, table: pa.Table, **metadata: str) -> Path:
    """A table that somebody else wrote, or wrote again; ``metadata`` is what ours has changed to."""
    ours = {"fmbench.version": "2", "fmbench.window_begin_ns": "0", "fmbench.window_end_ns": "9"} | metadata
    pq.write_table(table.replace_schema_metadata(ours), path)
    return path


def test_what_another_program_wrote_again_is_read_as_ours(tmp_path: Path) -> None:
    table = to_table([record((105, 115), session_id="s"), record(error="connect: refused", status="failed")])
    dictionaries = table.set_column(5, "phase", table["phase"].dictionary_encode())
    wider = dictionaries.set_column(2, "turn", table["turn"].cast(pa.int64())).append_column("extra", [["a", "b"]])
    turned = wider.select([*reversed(wider.column_names)])
    read = read_measurement(foreign(tmp_path / "requests.parquet", turned)).requests
    assert read.schema.equals(SCHEMA)
    assert read.to_pylist() == table.to_pylist()


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.drop_columns(["begun_ns"]),
        lambda table: table.set_column(0, "request_id", [[[1]]]),
        lambda table: table.set_column(7, "begun_ns", [["yesterday"]]),
        lambda table: table.set_column(6, "scheduled_ns", pa.array([None], pa.int64())),
    ],
    ids=["a column less", "lists for texts", "texts for stamps", "nulls for stamps"],
)
def test_what_is_none_of_ours_is_refused_whatever_it_says(
    tmp_path: Path, change: Callable[[pa.Table], pa.Table]
) -> None:
    path = foreign(tmp_path / "requests.parquet", change(to_table([record()])))
    with pytest.raises(StoreError, match="is no requests table of ours, whatever version it says: "):
        read_measurement(path)


@pytest.mark.parametrize("metadata", [{"fmbench.window_end_ns": "soon"}, {"fmbench.rounds_ns": "[[1]]"}])
def test_a_window_that_is_none_is_refused(tmp_path: Path, metadata: dict[str, str]) -> None:
    with pytest.raises(StoreError, match="is no requests table of ours"):
        read_measurement(foreign(tmp_path / "requests.parquet", to_table([record()]), **metadata))


def test_arrays_and_tuples_make_the_same_rows() -> None:
    kinds, shared, slack = ("content", "reasoning", "tool"), (1, 0, 0), (5, 0, 0)
    tuples = record((105, 105, 115), chunk_kind=kinds, chunk_shared=shared, chunk_slack_ns=slack)
    arrays = replace(
        tuples,
        chunk_ns=array("q", tuples.chunk_ns),
        chunk_tokens=array("q", tuples.chunk_tokens),
        chunk_kind=Kinds(b"\0\1\2"),
        chunk_shared=array("b", (1, 0, 0)),
        chunk_slack_ns=array("q", (5, 0, 0)),
    )
    (one, other) = to_table([tuples, arrays]).to_pylist()
    assert one == other
    assert one["chunk_kind"] == ["content", "reasoning", "tool"]
    assert one["chunk_shared"] == [True, False, False]


def test_a_builder_gives_each_record_once() -> None:
    builder = TableBuilder()
    for names in (["a", "b"], [], ["c"]):
        for name in names:
            builder.add(record((105,) * 3, request_id=name))
        table = builder.table()
        assert table.schema.equals(SCHEMA)
        assert table["request_id"].to_pylist() == names


def test_half_a_surrogate_pair_is_kept_as_what_it_is() -> None:
    table = to_table([record(error="status: \ud800"), record()])
    assert table["error"].to_pylist() == [r"status: \ud800", None]


def test_memory_is_columnar() -> None:
    chunks = array("q", range(1000))
    many = record(
        (0,) * 1000, chunk_ns=chunks, chunk_tokens=chunks, chunk_slack_ns=chunks, chunk_kind=Kinds(bytes(1000))
    )
    many = replace(many, chunk_shared=array("b", bytes(1000)))
    builder = TableBuilder()
    tracemalloc.start()
    for _ in range(100):
        builder.add(many)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used < 35 * 1000 * 100


def test_windows_of_rounds_are_kept(tmp_path: Path) -> None:
    rounds = (Window(5, 9), Window(20, 30))
    rows = [record((105,), round=nth) for nth in (0, 0, 1)]
    write_measurement(tmp_path / "requests.parquet", Measurement(to_table(rows), Window(5, 30), rounds=rounds))
    found = read_measurement(tmp_path / "requests.parquet")
    assert (found.window, found.rounds) == (Window(5, 30), rounds)
    assert [part.requests.num_rows for part in found.parts] == [2, 1]


@pytest.mark.parametrize(("rounds", "version"), [((), b"2"), ((Window(0, 1), Window(2, 3)), b"3")])
def test_only_a_table_of_rounds_is_refused_by_what_knows_none(
    tmp_path: Path, rounds: tuple[Window, ...], version: bytes
) -> None:
    path = tmp_path / "requests.parquet"
    write_measurement(path, Measurement(to_table([record()]), Window(0, 3), rounds=rounds))
    assert pq.read_schema(path).metadata[b"fmbench.version"] == version
