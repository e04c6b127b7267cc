"""Tables of a page, made by a command: ``python -m MODULE [--replications N] [--table NAME] [PAGE]``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Line = tuple[str, bool]
"""Of a table, and whether it keeps its bar."""

Tables = Mapping[str, Callable[[int], Iterator[Line]]]
"""By name, each made of so many replications."""


def make(module: str, tables: Tables, replications: int = 1_000, arguments: Sequence[str] | None = None) -> int:
    """Print the tables that are asked for, and write them into the page; 1 where a bar is missed, else 0.

    :param arguments: of the command, where it has others of its own.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--replications", type=int, default=replications)
    parser.add_argument("--table", choices=tables, help="one of them; all by default")
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args(arguments)
    names = [asked.table] if asked.table else list(tables)
    kept = [_made(name, tables[name](asked.replications), asked.page) for name in names]
    return 0 if all(kept) else 1


def _made(name: str, rows: Iterator[Line], page: Path | None) -> bool:
    lines, kept = list[str](), True
    for line, met in rows:
        print(line, flush=True)
        lines.append(line)
        kept &= met
    if page:
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, rest = page.read_text("utf-8").split(begin)
        page.write_text("\n".join((before + begin, *lines, end + rest.split(end)[1])), "utf-8")
    return kept
