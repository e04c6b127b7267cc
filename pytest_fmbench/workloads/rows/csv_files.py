"""Rows of CSV (RFC 4180) with a header, also gzipped."""

from __future__ import annotations

import csv as dialect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.cells import shown
from pytest_fmbench.workloads.rows.files import Files, files_of, opened
from pytest_fmbench.workloads.rows.options import Options, rows_of
from pytest_fmbench.workloads.traces.lines import LONGEST

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_fmbench.workloads.rows.workload import Rows


@dataclass(frozen=True)
class CsvFiles:
    """Reads them.

    :param delimiter: what stands between cells.
    """

    files: Files
    delimiter: str

    @property
    def folder(self) -> Path:
        """Where paths in rows begin."""
        return self.files.folder

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:
        """See :class:`~pytest_fmbench.workloads.rows.base.Reader`."""
        for path in self.files.each():
            with opened(path) as file:
                # bytes that are no UTF-8 become halves of characters, which no other text holds
                text = TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
                yield from self._records(path, text, columns)

    def _records(self, path: Path, file: TextIO, columns: Sequence[str]) -> Iterator[Record | str]:
        rows = _rows(file, self.delimiter)
        header = next(rows, [])
        names = [] if isinstance(header, str) else [name.strip() for name in header]
        for column in columns:
            if names and column not in names:
                raise UnknownName(f"column of {path}", column, shown(names))
        for cells in rows:
            yield _record(names, cells)

    def __str__(self) -> str:
        return str(self.files.path)


def csv(path: str | Path, *, delimiter: str = ",", **options: Unpack[Options]) -> Rows:
    """Rows of a CSV file whose first line names the columns, or of all ``*.csv`` in a folder, also gzipped.

    :param delimiter: what stands between cells, such as a tab.
    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Options`.
    :raises UsageError: when nothing is there, or for an option that cannot be.
    """
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        raise UsageError(f"csv(delimiter={delimiter!r}): give one character, such as ';'")
    also = {} if delimiter == "," else {"delimiter": delimiter}
    reader = CsvFiles(files_of("csv", path, ".csv", ".csv.gz"), delimiter)
    return rows_of("csv", reader.files.path.name, reader, also, **options)


def _rows(file: TextIO, delimiter: str) -> Iterator[list[str] | str]:
    """Cells of each row that is not empty, or why there are none."""
    before = dialect.field_size_limit(LONGEST)  # of the whole process, and small
    try:
        reader = dialect.reader(file, delimiter=delimiter)
        while True:
            try:
                cells = next(reader, None)
            except dialect.Error:
                yield "not CSV"
                continue
            if cells is None:
                return
            if cells:
                yield cells
    finally:
        dialect.field_size_limit(before)


def _record(names: Sequence[str], cells: Sequence[str] | str) -> Record | str:
    if isinstance(cells, str):
        return cells
    if len(cells) != len(names):
        return "with more or fewer columns"
    return dict(zip(names, cells, strict=True))
