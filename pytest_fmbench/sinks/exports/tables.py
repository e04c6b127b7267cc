"""A session as tables in CSV or JSON lines, for whatever reads no Parquet: a file a table, each row with its case."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from pytest_fmbench.errors import StoreError
from pytest_fmbench.runs.report import REQUESTS
from pytest_fmbench.sinks.exports.base import Export, Exported, Summary
from pytest_fmbench.store.answers import ANSWERS
from pytest_fmbench.store.schema import SCHEMA as REQUEST
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.store.tasks import SCHEMA as TASK
from pytest_fmbench.store.tasks import TASKS, read_tasks
from pytest_fmbench.store.telemetry import TELEMETRY, read_telemetry

Tables = Iterator[tuple[str, pa.Table]]

FIGURES = pa.schema(
    [
        *((name, pa.string()) for name in ("run", "deployment", "workload", "load", "figure")),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("n", pa.int64()),
        ("unit", pa.string()),
    ]
)
VERDICTS = pa.schema(
    [
        *((name, pa.string()) for name in ("run", "objective", "outcome", "reason")),
        *((name, pa.float64()) for name in ("limit", "value", "low", "high")),
        ("n", pa.int64()),
        ("unit", pa.string()),
    ]
)


def write_csv(exported: Exported, path: Path) -> str:
    """A file of CSV a table; lists are JSON in a cell.

    :raises StoreError: when one cannot be written.
    """
    return _write(exported, path, "csv", _as_csv)


def write_jsonl(exported: Exported, path: Path) -> str:
    """A file of JSON lines a table; numbers that JSON has not are null.

    :raises StoreError: when one cannot be written.
    """
    return _write(exported, path, "jsonl", _as_jsonl)


def tables(exported: Exported) -> Iterator[tuple[str, Tables]]:
    """Name of each, and its parts, each with its case; without those that the session has not."""
    cases = [(one["case"], folder) for one, folder in zip(exported.summaries, exported.folders, strict=True)]
    yield "requests", ((case, read_measurement(at / REQUESTS).requests.select(REQUEST.names)) for case, at in cases)
    if any((at / TASKS).exists() for _, at in cases):
        found = ((case, read_tasks(at / TASKS)) for case, at in cases)
        yield "tasks", ((case, table.select(TASK.names)) for case, table in found if table is not None)
    if any((at / TELEMETRY).exists() for _, at in cases):
        sampled = ((case, read_telemetry(at / TELEMETRY)) for case, at in cases)
        yield "telemetry", ((case, one.rows) for case, one in sampled if one is not None)
    for path in exported.answers:  # each has columns of its own: one a scorer
        yield f"{Path(ANSWERS).stem}.{path.parent.name}", iter([(path.parent.name, pq.read_table(path))])
    yield "figures", ((one["case"], pa.Table.from_pylist([*_figures(one)], FIGURES)) for one in exported.summaries)
    yield "verdicts", ((one["case"], pa.Table.from_pylist([*_verdicts(one)], VERDICTS)) for one in exported.summaries)


def _figures(summary: Summary) -> Iterator[dict[str, object]]:
    subject = {"run": summary["name"], **{name: summary[name] for name in ("deployment", "workload", "load")}}
    yield from ({**subject, "figure": name, **figure} for name, figure in summary["figures"].items())


def _verdicts(summary: Summary) -> Iterator[dict[str, object]]:
    yield from ({"run": summary["name"], **one} for one in summary["verdicts"])


def _write(exported: Exported, folder: Path, ending: str, write: Callable[[BinaryIO, Iterable[pa.Table]], int]) -> str:
    told = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, parts in tables(exported):
            with (folder / f"{name}.{ending}").open("wb") as file:
                rows = write(file, (_of_case(case, table) for case, table in parts))
            told.append(f"{rows:,} rows of {name}")
    except OSError as error:
        raise StoreError(f"cannot write into {folder}: {error}") from error
    return ", ".join(told)


def _of_case(case: str, table: pa.Table) -> pa.Table:
    return table.add_column(0, "case", pa.array([case] * table.num_rows, pa.string()))


def _as_csv(file: BinaryIO, parts: Iterable[pa.Table]) -> int:
    rows, writer = 0, None
    for part in map(_flat, parts):
        writer = pc.CSVWriter(file, part.schema) if writer is None else writer
        writer.write_table(part)
        rows += part.num_rows
    if writer is not None:
        writer.close()
    return rows


def _flat(table: pa.Table) -> pa.Table:
    """Lists as JSON."""
    for nth, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            texts = (
                json.dumps(one, separators=(",", ":")) for part in table.column(nth).chunks for one in _lists(part)
            )
            table = table.set_column(nth, field.name, pa.array(texts, pa.string()))
    return table


def _lists(part: pa.Array) -> Iterator[object]:
    return (one.as_py() for one in part)


def _as_jsonl(file: BinaryIO, parts: Iterable[pa.Table]) -> int:
    rows = 0
    for part in parts:
        for batch in part.to_batches(max_chunksize=1 << 12):
            file.writelines(map(_line, batch.to_pylist()))
            rows += batch.num_rows
    return rows


def _line(row: dict[str, object]) -> bytes:
    return json.dumps({name: _finite(value) for name, value in row.items()}, allow_nan=False).encode() + b"\n"


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


CSV = Export("fmbench-csv", "every table of the session, a file of CSV each", write_csv)
JSONL = Export("fmbench-jsonl", "every table of the session, a file of JSON lines each", write_jsonl)
