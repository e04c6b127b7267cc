"""``python -m tests.chaos [--schedules N] [--platform P] [--row N] [PAGE]``: all goes wrong, and nothing may be left.

Exit code 1 where something is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.chaos import troubles
from tests.chaos.clouds import clouds
from tests.chaos.endings import BY_ITSELF, BY_REAP, BY_TAGS, Ending
from tests.chaos.lives import DEPLOYMENTS

_BEGIN, _END = "<!-- chaos -->", "<!-- end of chaos -->"
_HEAD = (
    "| platform | what goes wrong | lives | nothing left at the session's end | after `fmbench reap` | "
    "after that by tags, once expired | **left** |",
    "|---|---|---|---|---|---|---|",
)

Life = Callable[[Path], Ending]


def main() -> int:
    """Live, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--schedules", type=int, default=200, help="random schedules of faults (200)")
    parser.add_argument("--platform", choices=(*DEPLOYMENTS,), action="append", help="only these")
    parser.add_argument("--row", type=int, action="append", help="only these rows of a platform, from 1")
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    lines, leaks = list(_HEAD), list[Ending]()
    print(*_HEAD, sep="\n")
    for name in asked.platform or DEPLOYMENTS:
        for nth, (what, lives) in enumerate(_suites(name, asked.schedules), 1):
            if asked.row and nth not in asked.row:
                continue
            endings = list(_endings(lives))
            lines.append(_line(name, what, endings))
            print(lines[-1], flush=True)
            leaks += [ending for ending in endings if not ending.by]
    for ending in leaks:
        print(f"\n{ending.scenario}: {', '.join(ending.left)}", *ending.told, sep="\n  ", file=sys.stderr)
    if asked.page:
        _write(asked.page, lines)
    return 1 if leaks else 0


def _suites(name: str, schedules: int) -> Iterator[tuple[str, Iterable[Life]]]:
    with clouds() as new, tempfile.TemporaryDirectory() as folder:
        called = troubles.operations(troubles.Patient(new(), name, Path(folder)))
        calls, kinds = [*troubles.each_of(called)], [*dict.fromkeys(called)]

        def life(trouble: Callable[..., Ending], *about: object) -> Life:
            return lambda state: trouble(troubles.Patient(new(), name, state), *about)

        yield (
            f"each of the {len(calls)} calls of a life fails once: before it is done, after, its answer lost",
            [life(troubles.one_call, *call, when) for call in calls for when in troubles.WHENS],
        )
        yield (
            f"all calls of each of the {len(kinds)} operations fail as long as the session lives",
            [life(troubles.each_call, kind, *error) for kind in kinds for error in troubles.LASTING],
        )
        yield (
            "5, 20 or 50 % of all calls fail, as a seed draws it",
            [life(troubles.many, seed) for seed in range(schedules)],
        )
        yield (
            "SIGKILL at each call, before it is done or after",
            [life(troubles.killed, *call, when) for call in calls for when in ("before", "after")],
        )
        yield (
            "SIGKILL after each call, and the host is lost with its lease files",
            [life(troubles.lost, *call) for call in calls],
        )


def _endings(lives: Iterable[Life]) -> Iterator[Ending]:
    for life in lives:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as state:
            yield life(Path(state))


def _line(name: str, what: str, endings: list[Ending]) -> str:
    by = Counter(ending.by for ending in endings)
    cells = [name, what, str(len(endings)), *(str(by[one]) for one in (BY_ITSELF, BY_REAP, BY_TAGS)), f"**{by['']}**"]
    return f"| {' | '.join(cells)} |"


def _write(page: Path, lines: list[str]) -> None:
    before, rest = page.read_text("utf-8").split(_BEGIN)
    page.write_text("\n".join((before + _BEGIN, *lines, _END + rest.split(_END)[1])), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
