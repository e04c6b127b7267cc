"""Measure every row, print the table, and write it into a page: ``python -m tests.perf [--long] [PAGE]``."""

from __future__ import annotations

import argparse
import sys
from itertools import chain
from pathlib import Path

from tests.perf.rows import long_rows, rows
from tests.perf.servers import c_programs

_HEAD = (
    "| | ours | required | aim | met | C client | peers |",
    "|---|---|---|---|---|---|---|",
)
_BEGIN, _END = "<!-- rows -->", "<!-- end of rows -->"


def main() -> int:
    """Exit code 1 where a required bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.perf")
    parser.add_argument("--long", action="store_true", help="also what takes minutes")
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    lines, kept = list(_HEAD), True
    print(*_HEAD, sep="\n")
    with c_programs() as programs:
        for row in chain(rows(programs), long_rows(programs) if asked.long else ()):
            print(row, flush=True)
            lines.append(str(row))
            kept &= row.kept
    if asked.page:
        _write(asked.page, lines)
    return 0 if kept else 1


def _write(page: Path, lines: list[str]) -> None:
    before, rest = page.read_text("utf-8").split(_BEGIN)
    page.write_text("\n".join((before + _BEGIN, *lines, _END + rest.split(_END)[1])), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
