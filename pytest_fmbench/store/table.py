"""The requests table: its Arrow schema, from records and back, and its Parquet file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord

_TYPES: dict[str, pa.DataType] = {
    "str": pa.string(),
    "str | None": pa.string(),
    "int": pa.int64(),
    "int | None": pa.int64(),
    "tuple[int, ...]": pa.list_(pa.int64()),
    "tuple[str, ...]": pa.list_(pa.string()),
    "tuple[bool, ...]": pa.list_(pa.bool_()),
}
_NARROW = {"turn": pa.int32(), "round": pa.int32(), "worker": pa.int32(), "http_status": pa.int32()}

SCHEMA = pa.schema(
    [
        pa.field(column.name, _NARROW.get(column.name, _TYPES[str(column.type)]), nullable="None" in str(column.type))
        for column in fields(RequestRecord)
    ]
)
"""Columns of ``requests.parquet``, in the order of :class:`RequestRecord`'s fields."""

_VERSION = b"1"


def to_table(records: Iterable[RequestRecord]) -> pa.Table:
    """The records as a table, in order of sending; those that were never sent stand where they began."""
    rows = sorted(records, key=lambda record: record.sent_ns or record.begun_ns)
    columns = {field.name: [getattr(row, field.name) for row in rows] for field in SCHEMA}
    return pa.table(columns, schema=SCHEMA)


def write_measurement(path: Path, measurement: Measurement) -> None:
    """Write ``requests.parquet``; the window travels in its metadata, so that the file stands alone.

    :raises StoreError: when the file cannot be written.
    """
    window = measurement.window
    metadata = {
        b"fmbench.version": _VERSION,
        b"fmbench.window_begin_ns": str(window.begin_ns).encode(),
        b"fmbench.window_end_ns": str(window.end_ns).encode(),
    }
    try:
        pq.write_table(measurement.requests.replace_schema_metadata(metadata), path, compression="zstd")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error


def read_measurement(path: Path) -> Measurement:
    """Read what :func:`write_measurement` wrote.

    :raises StoreError: when the file is missing, damaged, or of another version.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(f"cannot read {path}: {error}") from error
    metadata = table.schema.metadata or {}
    if metadata.get(b"fmbench.version") != _VERSION:
        raise StoreError(f"{path} is no requests table of version {_VERSION.decode()}: {dict(metadata)!r:.200}")
    window = Window(int(metadata[b"fmbench.window_begin_ns"]), int(metadata[b"fmbench.window_end_ns"]))
    return Measurement(table, window)
