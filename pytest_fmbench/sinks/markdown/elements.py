"""What a page of Markdown is made of: code spans, tables, parts with a title, parts that are folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.readable import cut, plain

Summary = Mapping[str, Any]

_LONGEST = 1_000


def code(text: object) -> str:
    """``text`` as a code span on one line, whatever is in it; of more than anybody reads the begin."""
    line = plain(cut(text, _LONGEST)) or "-"
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def row(cells: Iterable[str]) -> str:
    """A line of a table."""
    # a table is cut at pipes before code spans are seen; a backslash before one must not undo its escape
    escaped = (re.sub(r"(\\*)\|", r"\1\1\\|", cell) for cell in cells)
    return f"| {' | '.join(escaped)} |"


def table(titles: Sequence[str], rows: Iterable[Iterable[str]], aligned: Sequence[str] = ()) -> Iterator[str]:
    """A table.

    :param aligned: of each column, as Markdown says it; where it is not given all but the first stand to the right.
    """
    yield row(titles)
    yield row(aligned or [":---", *["---:"] * (len(titles) - 1)])
    yield from map(row, rows)


def section(title: str, lines: Iterable[str]) -> list[str]:
    """``lines`` below ``title``; nothing where there are none."""
    lines = list(lines)
    return [f"### {title}", "", *lines] if lines else []


def folded(title: str, lines: Iterable[str]) -> list[str]:
    """``lines``, to be opened by a press on ``title``; nothing where there are none."""
    lines = list(lines)
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "</details>"] if lines else []
