"""``tasks.parquet``: what became of each session of requests, one row each; only of workloads of sessions."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.task import TaskRecord

TASKS = "tasks.parquet"
_VERSION = b"1"

_TYPES: dict[str, pa.DataType] = {
    "str": pa.string(),
    "str | None": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "bool | None": pa.bool_(),
    "Sequence[int]": pa.list_(pa.int64()),
    "Sequence[str]": pa.list_(pa.string()),
    "Sequence[str | None]": pa.list_(pa.string()),
}

SCHEMA = pa.schema(
    [
        pa.field(name, _TYPES[kind], nullable="None" in kind and not kind.startswith("Sequence"))
        for name, kind in TaskRecord.__annotations__.items()
    ]
)
"""Columns of ``tasks.parquet``, in the order of :class:`TaskRecord`'s fields."""

_VALUES = attrgetter(*SCHEMA.names)


def to_tasks(records: Iterable[TaskRecord]) -> pa.Table:
    """The records as a table, in order of their begin."""
    rows = [_VALUES(record) for record in sorted(records, key=attrgetter("begun_ns"))]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pa.table([pa.array(list(one), field.type) for one, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def write_tasks(path: Path, tasks: pa.Table) -> None:
    """Write ``tasks``.

    :raises StoreError: when the file cannot be written.
    """
    try:
        pq.write_table(tasks.replace_schema_metadata({b"fmbench.version": _VERSION}), path, compression="zstd")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error


def read_tasks(path: Path) -> pa.Table | None:
    """What :func:`write_tasks` wrote; None where there is no such file, as of a workload of single requests.

    :raises StoreError: when it is damaged, or of another version.
    """
    return read_tasks_of(path if path.exists() else None, str(path))


def read_tasks_of(source: Path | BinaryIO | None, where: str) -> pa.Table | None:
    """The same of a file, or of its bytes; of None it is None.

    :param where: what messages call it.
    :raises StoreError: likewise.
    """
    if source is None:
        return None
    try:
        table = pq.read_table(source)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(f"cannot read {where}: {error}") from error
    if (table.schema.metadata or {}).get(b"fmbench.version") != _VERSION or table.schema.names != SCHEMA.names:
        raise StoreError(f"{where} is no table of tasks of version {_VERSION.decode()}: another version wrote it")
    return table.replace_schema_metadata(None)
