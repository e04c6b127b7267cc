"""Reading a trace: what its rows say. In one pass, in the memory that the columns take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.workloads.traces.base import Format, Layout, Row, Unusable
from pytest_fmbench.workloads.traces.detecting import cells_of, record_of
from pytest_fmbench.workloads.traces.lines import lines_of
from pytest_fmbench.workloads.traces.table import Builder, Loaded


def load(path: Path, name: str, formats: Registry[Format]) -> Loaded:
    """All requests of a file.

    :param name: of its format.
    :raises UsageError: for a file that cannot be read, is cut off, or holds no row that can be asked.
    """
    builder = Builder(formats[name].block_tokens)
    for row in _rows(formats[name], lines_of(path)):
        if isinstance(row, str):
            builder.skipped[row] += 1
        else:
            builder.add(row)
    if not len(builder):
        told = ", ".join(f"{count:,} {reason}" for reason, count in builder.skipped.most_common()) or "none"
        raise UsageError(f"{path} holds no request that can be asked; rows of it ({name}): {told}")
    return builder.loaded(name)


def _rows(declared: Format, lines: Iterator[bytes]) -> Iterator[Row | str]:
    """A request, or why there is none, of each row."""
    header = cells_of(next(lines, b"")) if declared.layout is Layout.CSV else []
    for line in lines:
        record = _named(header, cells_of(line)) if header else record_of(line)
        yield record if isinstance(record, str) else _row(declared, record)


def _row(declared: Format, record: Mapping[str, Any]) -> Row | str:
    try:
        return declared.read(record)
    except Unusable as reason:
        return str(reason)
    except KeyError as missing:
        return f"without {missing.args[0]!r}"
    except (TypeError, AttributeError, ValueError):
        return "not as its format says"


def _named(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str] | str:
    return dict(zip(header, cells, strict=True)) if len(cells) == len(header) else "with more or fewer columns"
