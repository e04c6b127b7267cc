"""Rows of JSON lines: an object a line, also gzipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.workloads.rows.base import Record
from pytest_fmbench.workloads.rows.files import Files, files_of
from pytest_fmbench.workloads.rows.options import Options, rows_of
from pytest_fmbench.workloads.traces.lines import lines_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_fmbench.workloads.rows.workload import Rows


@dataclass(frozen=True)
class JsonLines:
    """Reads them."""

    files: Files

    @property
    def folder(self) -> Path:
        """Where paths in rows begin."""
        return self.files.folder

    def records(self, columns: Sequence[str]) -> Iterator[Record | str]:  # noqa: ARG002  # a line is read as a whole
        """See :class:`~pytest_fmbench.workloads.rows.base.Reader`."""
        for path in self.files.each():
            yield from map(record_of, lines_of(path))

    def __str__(self) -> str:
        return str(self.files.path)


def record_of(line: bytes) -> Record | str:
    """The object in a line, or why there is none."""
    import msgspec

    try:
        found = msgspec.json.decode(line)
    except UnicodeDecodeError:
        return "not UTF-8"
    except (msgspec.DecodeError, RecursionError):
        return "not JSON"
    return found if isinstance(found, dict) else "no JSON object"


def jsonl(path: str | Path, **options: Unpack[Options]) -> Rows:
    """Rows of a file of JSON lines, or of all ``*.jsonl`` in a folder, also gzipped.

    :param options: see :class:`~pytest_fmbench.workloads.rows.options.Options`.
    :raises UsageError: when nothing is there, or for an option that cannot be.
    """
    reader = JsonLines(files_of("jsonl", path, ".jsonl", ".jsonl.gz"))
    return rows_of("jsonl", reader.files.path.name, reader, {}, **options)
