"""Of which format a trace is: by what its first line holds, not by its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.workloads.traces.base import Format, Layout
from pytest_fmbench.workloads.traces.lines import lines_of

_SHOWN = 12


def detected(path: Path, name: str | None, formats: Registry[Format]) -> str:
    """The name of the format of a file.

    :param name: what somebody says that it is; None is nothing.
    :raises UnknownName: for a name that is no format's.
    :raises UsageError: for a file that is empty, cannot be read, or is not of that format, or of none.
    """
    head = next(lines_of(path), None)
    if head is None:
        raise UsageError(f"{path} is empty" if path.is_file() else f"{path} holds no *.jsonl or *.jsonl.gz with a line")
    return format_of(path, head, name, formats)


def format_of(path: Path, head: bytes, name: str | None, formats: Registry[Format]) -> str:
    """The format of a file that begins with the line ``head``.

    :raises UnknownName: for a ``name`` that is no format's.
    :raises UsageError: when it is not of that format, or of none.
    """
    columns = {layout: _columns(layout, head) for layout in Layout}
    fitting = [one for one in formats if columns[formats[one].layout].issuperset(formats[one].columns)]
    if name is None and fitting:
        return max(fitting, key=lambda one: len(formats[one].columns))
    if name is not None and (formats[name] and name in fitting):
        return name
    known = "\n".join(f"  {one}: {formats[one].layout.value}, {', '.join(formats[one].columns)}" for one in formats)
    wanted = "no trace of a known format" if name is None else f"no trace of the format {name!r}"
    raise UsageError(f"{path} is {wanted}. It begins with {_found(head)}. What each format needs:\n{known}")


def _found(head: bytes) -> str:
    layout = Layout.JSONL if head.startswith(b"{") else Layout.CSV
    names = [name if len(name) <= 40 else f"{name[:40]}..." for name in sorted(_columns(layout, head))]
    if not names:
        return "a line that is no JSON object"
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return f"a JSON object of {shown}" if layout is Layout.JSONL else f"the columns {shown}"


def _columns(layout: Layout, head: bytes) -> set[str]:
    if layout is Layout.CSV:
        return set(cells_of(head))
    record = record_of(head)
    return set() if isinstance(record, str) else {*record}


def record_of(line: bytes) -> Mapping[str, Any] | str:
    """What a line of JSON lines holds, or why it holds nothing."""
    import msgspec

    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "not JSON"
    return found if isinstance(found, dict) else "no JSON object"


def cells_of(line: bytes) -> list[str]:
    """The cells of a line of CSV; none of a line that is not CSV."""
    text = line.decode("utf-8", "replace")
    if '"' not in text:
        return [cell.strip() for cell in text.split(",")]
    import csv

    try:
        return next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        return []
