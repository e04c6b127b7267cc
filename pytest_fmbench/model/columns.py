"""Tables of text for terminals and files."""

from __future__ import annotations

import shutil
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TextIO

_INDENT = "    "


def aligned(rows: Iterable[Sequence[str]], right: Container[int] = ()) -> list[str]:
    """A line a row: columns as wide as their widest cell, two spaces apart.

    :param rows: equally long.
    :param right: places of columns whose cells stand at the right edge, as numbers do.
    """
    kept = [*rows]
    widths = [max(map(len, column)) for column in zip(*kept, strict=True)]
    return ["  ".join(_padded(row, widths, right)).rstrip() for row in kept]


def figures(rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """The same of rows that are a name and numbers, the first of titles.

    :param width: in which it should fit: where it does not, names stand above their numbers. None is any.
    """
    lines = aligned(rows, range(1, max(map(len, rows), default=1)))
    if width is None or max(map(len, lines), default=0) <= width:
        return lines
    head, *numbers = (_INDENT + line for line in aligned([row[1:] for row in rows], range(len(rows[0]))))
    below = ((row[0], line) for row, line in zip(rows[1:], numbers, strict=True))
    return [head, *(line for pair in below for line in pair)]


def width_of(stream: TextIO) -> int | None:
    """Columns of the terminal that ``stream`` is; None where what is printed goes elsewhere."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def apart(*blocks: Iterable[str]) -> Iterator[str]:
    """The lines of each block, and an empty one between two that have any."""
    begun = False
    for block in blocks:
        found = list(block)
        yield from ("", *found) if begun and found else found
        begun = begun or bool(found)


def _padded(row: Sequence[str], widths: Sequence[int], right: Container[int]) -> Iterator[str]:
    last = len(row) - 1
    for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
        if at in right:
            yield cell.rjust(width)
        else:
            yield cell if at == last else cell.ljust(width)  # what may be long is the last, and fills no other row
