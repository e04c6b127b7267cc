from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.session import TaskEnd
from pytest_fmbench.model.task import TaskRecord
from pytest_fmbench.store.spool import SpoolReader, SpoolWriter
from pytest_fmbench.store.table import read_measurement, to_table, write_measurement
from pytest_fmbench.store.tasks import SCHEMA, TASKS, read_tasks, to_tasks, write_tasks
from tests.support.records import WINDOW
from tests.support.tasks import task
from tests.unit.store.test_spool import exchange

STAMP = st.integers(0, 2**62)
SPANS = st.lists(st.tuples(st.text(max_size=5), STAMP, STAMP, st.none() | st.text(max_size=5)), max_size=4)


@st.composite
def tasks(draw: st.DrawFn) -> TaskRecord:
    spans = draw(SPANS)
    names, begins, ends, errors = zip(*spans, strict=True) if spans else ((), (), (), ())
    return task(
        draw(STAMP),
        draw(st.none() | STAMP),
        success=draw(st.none() | st.booleans()),
        end=draw(st.sampled_from(TaskEnd)).value,
        error=draw(st.none() | st.text(max_size=9)),
        span_name=list(names),
        span_begin_ns=list(begins),
        span_end_ns=list(ends),
        span_error=list(errors),
    )


@given(st.lists(tasks(), max_size=4))
def test_what_is_spooled_is_read_beside_the_exchanges(
    tmp_path_factory: pytest.TempPathFactory, found: list[TaskRecord]
) -> None:
    path = tmp_path_factory.mktemp("spool") / "spool"
    with closing(SpoolWriter(path)) as writer:
        writer.append(exchange("a"))
        for one in found:
            writer.append_task(one)
        writer.append(exchange("b"))
    with closing(SpoolReader(path)) as reader:
        assert [one.request_id for one in reader.take()] == ["a", "b"]
        assert reader.tasks == found


@given(st.lists(tasks(), max_size=4))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, found: list[TaskRecord]) -> None:
    path = tmp_path_factory.mktemp("tasks") / TASKS
    write_tasks(path, to_tasks(found))
    table = read_tasks(path)
    assert table is not None
    assert table.schema.names == SCHEMA.names
    ordered = sorted(found, key=lambda one: one.begun_ns)
    assert [TaskRecord(**row) for row in table.to_pylist()] == ordered


def test_a_torn_task_at_the_end_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    with closing(SpoolWriter(path)) as writer:
        writer.append(exchange("a"))
        writer.append_task(task())
    path.write_bytes(path.read_bytes()[:-1])
    with closing(SpoolReader(path)) as reader:
        assert len([*reader.take()]) == 1
        assert reader.tasks == []


def test_half_of_a_surrogate_pair_is_written_out(tmp_path: Path) -> None:
    with closing(SpoolWriter(tmp_path / "spool")) as writer:
        writer.append_task(task(error="status: \ud800", span_name=["\ud800"], span_error=[None]))
    with closing(SpoolReader(tmp_path / "spool")) as reader:
        assert [*reader.take()] == []
        assert reader.tasks[0].error == "status: \\ud800"


def test_tasks_travel_beside_their_requests(tmp_path: Path) -> None:
    path = tmp_path / "requests.parquet"
    write_measurement(path, Measurement(to_table([]), WINDOW, tasks=to_tasks([task()])))
    found = read_measurement(path).tasks
    assert found is not None
    assert found.num_rows == 1


def test_without_tasks_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "requests.parquet"
    write_measurement(path, Measurement(to_table([]), WINDOW))
    assert read_measurement(path).tasks is None
    assert not (tmp_path / TASKS).exists()


def test_another_version_and_what_is_no_table_are_refused(tmp_path: Path) -> None:
    path = tmp_path / TASKS
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(StoreError, match="no table of tasks of version 1"):
        read_tasks(path)
    path.write_bytes(b"nothing")
    with pytest.raises(StoreError, match="cannot read"):
        read_tasks(path)
    with pytest.raises(StoreError, match="cannot write"):
        write_tasks(tmp_path / "nowhere" / TASKS, to_tasks([]))
