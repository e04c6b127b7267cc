"""The requests table and its Parquet file, beside which lies that of the tasks, where there are any."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.store.builder import TableBuilder
from pytest_fmbench.store.schema import SCHEMA, leaves
from pytest_fmbench.store.tasks import TASKS, read_tasks, write_tasks

_VERSION, _VERSION_OF_ROUNDS = b"2", b"3"
"""A table of several rounds is refused by what would take it for one window's."""

_ROUNDS = b"fmbench.rounds_ns"
_REPEATED = [name for name in leaves(SCHEMA) if not name.startswith("chunk_ns.")]
"""Columns that a dictionary of their values makes small; stamps differ, and to find that out would take the longest."""

_ROWS = 1 << 16
"""Rows of a group, which are read together: of larger ones a reader holds much more than it needs."""


def to_table(records: Iterable[RequestRecord]) -> pa.Table:
    """The records as a table, in order of sending; those that were never sent stand where they began."""
    builder = TableBuilder()
    for record in records:
        builder.add(record)
    return builder.table()


def write_measurement(path: Path, measurement: Measurement) -> None:
    """Write ``requests.parquet``; its windows travel in its metadata, so that the file stands alone.

    The tasks, if there are any, are written beside it.

    :raises StoreError: when the file cannot be written.
    """
    window = measurement.window
    metadata = {
        b"fmbench.version": _VERSION,
        b"fmbench.window_begin_ns": str(window.begin_ns).encode(),
        b"fmbench.window_end_ns": str(window.end_ns).encode(),
    }
    if measurement.rounds:
        each = [[one.begin_ns, one.end_ns] for one in measurement.rounds]
        metadata |= {b"fmbench.version": _VERSION_OF_ROUNDS, _ROUNDS: json.dumps(each).encode()}
    try:
        table = measurement.requests.replace_schema_metadata(metadata)
        pq.write_table(table, path, row_group_size=_ROWS, compression="zstd", use_dictionary=_REPEATED)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error
    if measurement.tasks is not None:
        write_tasks(path.with_name(TASKS), measurement.tasks)


def read_measurement(path: Path) -> Measurement:
    """Read what :func:`write_measurement` wrote.

    :raises StoreError: when the file is missing, damaged, or of another version.
    """
    return replace(read_measurement_of(path, str(path)), tasks=read_tasks(path.with_name(TASKS)))


def read_measurement_of(source: Path | BinaryIO, path: str) -> Measurement:
    """The same, of a file or its bytes, without the tasks.

    :param path: how messages call it.
    :raises StoreError: as that.
    """
    try:
        table = pq.read_table(source)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(f"cannot read {path}: {error}") from error
    metadata = table.schema.metadata or {}
    if metadata.get(b"fmbench.version") not in (_VERSION, _VERSION_OF_ROUNDS):
        known = f"{_VERSION.decode()} or {_VERSION_OF_ROUNDS.decode()}"
        raise StoreError(f"{path} is no requests table of version {known}: {dict(metadata)!r:.200}")
    try:
        window = Window(int(metadata[b"fmbench.window_begin_ns"]), int(metadata[b"fmbench.window_end_ns"]))
        rounds = tuple(Window(*one) for one in json.loads(metadata.get(_ROUNDS, b"[]")))
        return Measurement(_in_schema(table), window, rounds=rounds)
    except (KeyError, TypeError, ValueError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise StoreError(f"{path} is no requests table of ours, whatever version it says: {error!r:.200}") from error


def _in_schema(table: pa.Table) -> pa.Table:
    """The columns of the schema, with nulls in those that there were not yet when it was written.

    Types that something else has written for them, as dictionaries for texts, are made into ours.
    """
    for field in SCHEMA:
        if field.nullable and field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(SCHEMA.names).cast(SCHEMA)
