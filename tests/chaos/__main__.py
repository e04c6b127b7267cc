"""``python -m tests.chaos [--platform P] [--row N] [--every N] [PAGE]``: all goes wrong, and nothing may be left.

Exit code 1 where something is, or where what was recorded cannot be read.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.chaos import tables
from tests.chaos.endings import Ending
from tests.chaos.lives import DEPLOYMENTS
from tests.chaos.rows import Life, Row, rows


def main() -> int:
    """Live, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--schedules", type=int, default=200, help="random schedules of faults (200)")
    parser.add_argument("--platform", choices=(*DEPLOYMENTS,), action="append", help="only these")
    parser.add_argument("--row", type=int, action="append", help="only these rows of a platform, from 1")
    parser.add_argument("--every", type=int, default=1, help="only one life of so many of a row; nothing is rewritten")
    parser.add_argument("--list", action="store_true", help="only list the rows")
    parser.add_argument("page", nargs="?", type=Path, help="whose tables are rewritten: those rows, and no others")
    asked = parser.parse_args()
    wrong = list[Ending]()
    if asked.page and asked.every == 1 and not (asked.platform or asked.row or asked.list):
        tables.clear(asked.page)
    for nth, row in _asked(asked.platform or [*DEPLOYMENTS], asked.row, asked.schedules):
        if asked.list:
            print(f"{nth}: {row.platform}: {row.what}: {len(row.lives)}")
            continue
        endings = list(_endings(row.lives[:: asked.every]))
        line = tables.line(row, endings)
        print(line, flush=True)
        wrong += (bad := [ending for ending in endings if ending.wrong])
        _tell(bad)
        if asked.page and asked.every == 1:
            tables.write(asked.page, row, line)
    return 1 if wrong else 0


def _asked(platforms: list[str], wanted: list[int] | None, schedules: int) -> Iterator[tuple[int, Row]]:
    for name in platforms:
        for nth, row in enumerate(rows(name, schedules), 1):
            if not wanted or nth in wanted:
                yield nth, row


def _endings(lives: Sequence[Life]) -> Iterator[Ending]:
    for life in lives:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state:
            yield life(Path(state))


def _tell(endings: list[Ending]) -> None:
    for ending in endings:
        print(f"\n{ending.scenario}: {', '.join(ending.wrong)}", *ending.told, sep="\n  ", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
