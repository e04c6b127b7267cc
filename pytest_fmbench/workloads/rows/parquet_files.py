"""Rows of Parquet files, of which only the columns that are asked for are read, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.files import Files, files_of
from pytest_fmbench.workloads.rows.options import Options, rows_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from typing_extensions import Unpack

    from pytest_fmbench.workloads.rows.workload import Rows

_AT_ONCE = 256


@dataclass(frozen=True)
class ParquetFiles:
    """Reads them."""

    files: Files

    @property
    def folder(self) -> Path:
        """Where paths in rows begin."""
        return self.files.folder

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:
        """See :class:`~pytest_fmbench.workloads.rows.base.Reader`."""
        import pyarrow as pa

        for path in self.files.each():
            try:
                yield from _records(path, columns)
            except (pa.ArrowException, OSError, ValueError) as error:  # noqa: PERF203  # a file is much more than a try
                first = str(error).strip().partition("\n")[0]
                raise UsageError(f"{path} cannot be read as Parquet: {first}") from error

    def __str__(self) -> str:
        return str(self.files.path)


def parquet(path: str | Path, **options: Unpack[Options]) -> Rows:
    """Rows of a Parquet file, or of all ``*.parquet`` in a folder.

    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Options`.
    :raises UsageError: when nothing is there, or for an option that cannot be.
    """
    reader = ParquetFiles(files_of("parquet", path, ".parquet"))
    return rows_of("parquet", reader.files.path.name, reader, {}, **options)


def _records(path: Path, columns: Sequence[str]) -> Iterator[Record | str]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        names = file.schema_arrow.names
        for column in columns:
            if column not in names:
                raise UnknownName(f"column of {path}", column, names)
        for batch in file.iter_batches(_AT_ONCE, columns=list(columns)):
            yield from records_of(batch)


def records_of(batch: RecordBatch) -> Iterator[Record | str]:
    """The rows of a record batch, or why one cannot be read."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        if batch.num_rows == 1:
            yield "not UTF-8"
        else:
            for nth in range(batch.num_rows):
                yield from records_of(batch.slice(nth, 1))
