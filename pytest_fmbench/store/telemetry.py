"""``telemetry.parquet``: what was sampled beside the requests, one row a value."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.sampled import Cost, Telemetry

TELEMETRY = "telemetry.parquet"
_VERSION = b"1"
_ABOUT = b"fmbench.telemetry"

SCHEMA = pa.schema(
    [
        pa.field("t_ns", pa.int64(), nullable=False),  # on CLOCK_MONOTONIC, as all *_ns of requests.parquet
        pa.field("source", pa.string(), nullable=False),  # server, gpu, neuron, host
        pa.field("name", pa.string(), nullable=False),  # of histograms with _bucket, _sum or _count behind it
        pa.field("value", pa.float64(), nullable=False),  # in SI units; of counters and histograms the total so far
        pa.field("device", pa.string(), nullable=False),  # which of several; empty where there is but one
        pa.field("bound", pa.float64(), nullable=True),  # of a histogram's bucket, which counts what is at most that
    ]
)
"""Its columns. The metadata says its version, and of each source what it cost or why it was not there."""


def write_telemetry(path: Path, telemetry: Telemetry) -> None:
    """Write ``telemetry``.

    :raises StoreError: when the file cannot be written.
    """
    about = {
        "costs": {name: asdict(cost) for name, cost in telemetry.costs.items()},
        "absent": dict(telemetry.absent),
    }
    metadata = {b"fmbench.version": _VERSION, _ABOUT: json.dumps(about).encode()}
    try:
        pq.write_table(telemetry.rows.replace_schema_metadata(metadata), path, compression="zstd")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; is the disk full or the folder read-only?") from error


def read_telemetry(path: Path) -> Telemetry | None:
    """What :func:`write_telemetry` wrote; None where there is no such file, as when nothing was sampled.

    :raises StoreError: when it is damaged, or of another version.
    """
    return read_telemetry_of(path if path.exists() else None, str(path))


def read_telemetry_of(source: Path | BinaryIO | None, where: str) -> Telemetry | None:
    """The same of a file, or of its bytes; of None it is None.

    :param where: what messages call it.
    :raises StoreError: likewise.
    """
    if source is None:
        return None
    try:
        table = pq.read_table(source)
        metadata = table.schema.metadata or {}
        if metadata.get(b"fmbench.version") != _VERSION or not table.schema.equals(SCHEMA):
            raise StoreError(f"{where} is no telemetry of version {_VERSION.decode()}: another version wrote it")
        about = json.loads(metadata[_ABOUT])
        costs = {name: Cost(**one) for name, one in about["costs"].items()}
        return Telemetry(table.replace_schema_metadata(None), costs, about["absent"])
    except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"cannot read {where}: {error}") from error
