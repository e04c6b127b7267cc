"""The tables of docs/reliability.md, a line a row of trouble, each with the day on which it was lived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_fmbench.clock import wall_iso
from tests.chaos.endings import BY_ITSELF, BY_REAP, BY_TAGS, Ending
from tests.chaos.rows import CALLS, OUTAGES, SESSIONS, Row

_BYS = (BY_ITSELF, BY_REAP, BY_TAGS)
_HEAD = 2
"""Lines at the top of a table."""


def line(row: Row, endings: Sequence[Ending]) -> str:
    """What came of a row."""
    by = Counter(ending.by for ending in endings)
    cells = [row.platform, row.what, str(len(endings)), *(str(by[one]) for one in _BYS)]
    if row.table == SESSIONS:
        cells += [str(sum(ending.cases for ending in endings)), str(sum(len(one.unreadable) for one in endings))]
    left = sum(bool(ending.left) for ending in endings)
    return f"| {' | '.join((*cells, f'**{left}**', wall_iso()[:10]))} |"


def write(page: Path, row: Row, text: str) -> None:
    """Put ``text`` where the row's line is in its table; else behind those of its platform that are there."""

    def changed(lines: list[str]) -> list[str]:
        same = [nth for nth, one in enumerate(lines) if one.startswith(f"| {row.platform} | {row.what} |")]
        others = [nth for nth, one in enumerate(lines) if one.startswith(f"| {row.platform} |")]
        at = same[0] if same else others[-1] + 1 if others else len(lines)
        return [*lines[:at], text, *lines[at + len(same) :]]

    _change(page, row.table, changed)


def clear(page: Path) -> None:
    """Leave the heads of all tables, before all of their rows are lived again."""
    for table in (CALLS, OUTAGES, SESSIONS):
        _change(page, table, lambda lines: lines[:_HEAD])


def _change(page: Path, table: str, how: Callable[[list[str]], list[str]]) -> None:
    mark, end = f"<!-- chaos: {table} -->", f"<!-- end of chaos: {table} -->"
    before, rest = page.read_text("utf-8").split(mark)
    lines, after = rest.split(end)
    page.write_text("\n".join((before + mark, *how(lines.strip().splitlines()), end + after)), "utf-8")
