from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.sampled import Cost, joined
from pytest_fmbench.store.telemetry import SCHEMA, read_telemetry, write_telemetry
from tests.support.telemetry import At, telemetry

COST = Cost("server", samples=40, gaps=2, cpu_ns=5_000_000, wall_ns=9_000_000, fault="it did not answer")
TOLD = telemetry(
    At(2, "server.running", 2.0),
    At(1, "gpu.power", 300.5, "0"),
    At(3, "server.ttft_bucket", 7.0, bound=float("inf")),
    costs={"server": COST},
    absent={"neuron": "there is none"},
)


def test_what_is_written_is_read_in_order_of_time(tmp_path: Path) -> None:
    write_telemetry(tmp_path / "telemetry.parquet", TOLD)
    found = read_telemetry(tmp_path / "telemetry.parquet")
    assert found == TOLD
    assert found is not None
    assert found.rows.schema.equals(SCHEMA)
    assert found.rows.to_pylist()[0] == {
        "t_ns": 1_000_000_000,
        "source": "gpu",
        "name": "power",
        "value": 300.5,
        "device": "0",
        "bound": None,
    }
    assert found.rows["t_ns"].to_pylist() == [1_000_000_000, 2_000_000_000, 3_000_000_000]


def test_where_nothing_was_sampled_there_is_no_file(tmp_path: Path) -> None:
    assert read_telemetry(tmp_path / "telemetry.parquet") is None


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "torn").write_bytes(b"PAR1")
    pq.write_table(pa.table({"t_ns": [1]}), tmp_path / "other")
    with pytest.raises(StoreError, match=r"^cannot read .*torn: "):
        read_telemetry(tmp_path / "torn")
    with pytest.raises(StoreError, match=r"other is no telemetry of version 1"):
        read_telemetry(tmp_path / "other")


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"^cannot write "):
        write_telemetry(tmp_path / "nowhere" / "telemetry.parquet", TOLD)


def test_rounds_are_joined_and_their_costs_added_up() -> None:
    other = telemetry(
        At(9, "host.cpu", 0.5), costs={"server": Cost("server", 1, 0, 1, 1), "host": Cost("host", 1, 0, 7, 9)}
    )
    both = joined([TOLD, other])
    assert both is not None
    assert both.rows.num_rows == 4
    assert both.costs == {
        "server": Cost("server", 41, 2, 5_000_001, 9_000_001, "it did not answer"),
        "host": Cost("host", 1, 0, 7, 9),
    }
    assert both.absent == {"neuron": "there is none"}
    assert joined([]) is None
