"""``fmbench history``: where the figures of many sessions change, and what else changed there."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fmbench.cli.base import Command
from pytest_fmbench.errors import UsageError
from pytest_fmbench.store.session import SESSION, is_session

if TYPE_CHECKING:
    from pytest_fmbench.model.history import History
    from pytest_fmbench.runs.histories.changes import Sensitivity
    from pytest_fmbench.sinks.trend import Trend


def _arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("folder", metavar="DIR", nargs="?", default="fmbench-out", help="a folder of sessions (fmbench-out)")
    add("--case", metavar="TEXT", default="", help="only cases with this in their name")
    add("--metric", metavar="NAME", action="append", help="such as ttft.p99 or goodput; give it once for each")
    add("--window", metavar="N", type=int, default=50, help="Otava's window_len: sessions looked at together (50)")
    add("--max-pvalue", metavar="P", type=float, default=0.001, help="Otava's max_pvalue of a change (0.001)")
    told = "Otava's min_magnitude: the least change, as a share; 0.05 is 5%% (0)"
    add("--min-magnitude", metavar="SHARE", type=float, default=0.0, help=told)
    told = "exit with 1 where something got worse within the last N sessions"
    add("--fail-on-recent", metavar="N", type=int, help=told)


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.catalog import METRICS
    from pytest_fmbench.runs.comparing.compare import SAMPLED, SHOWN
    from pytest_fmbench.runs.histories.changes import Sensitivity, change_points, see_that_it_is_installed
    from pytest_fmbench.runs.histories.history import chosen, history

    sensitivity = Sensitivity(arguments.window, arguments.max_pvalue, arguments.min_magnitude)
    if arguments.fail_on_recent is not None and arguments.fail_on_recent < 1:
        raise UsageError(f"--fail-on-recent {arguments.fail_on_recent}: give 1 session or more")
    statistics = chosen(arguments.metric or (*SHOWN, *SAMPLED), METRICS)
    sessions = _sessions(Path(arguments.folder))
    see_that_it_is_installed()
    found = history(sessions, statistics, arguments.case)
    if not arguments.metric:  # which nobody asked for
        found.series = [one for one in found.series if one.points or one.statistic not in SAMPLED]
    trends = [(series, change_points(series, sensitivity)) for series in found.series]
    print("\n".join(_lines(arguments.folder, len(sessions), found, trends, sensitivity)))
    if not found.series:
        raise UsageError(f"no run of {len(sessions)} sessions in {arguments.folder} can be used")
    recent = [*_recent(trends, found.sessions[-arguments.fail_on_recent :])] if arguments.fail_on_recent else []
    print("\n".join(recent), end="\n" if recent else "")
    return 1 if recent else 0


def _sessions(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; give a folder of sessions")
    if is_session(folder):
        raise UsageError(f"{folder} is one session; give the folder that holds it and others")
    sessions = [path for path in folder.iterdir() if path.is_dir() and is_session(path)]
    if not sessions:
        raise UsageError(f"{folder} holds no session: looked for folders with {SESSION} or cases/")
    return sessions


def _lines(
    folder: str, sessions: int, found: History, trends: Sequence[Trend], sensitivity: Sensitivity
) -> Iterator[str]:
    from pytest_fmbench.sinks.trend import counted, left_out, render

    span = f", {found.sessions[0]} to {found.sessions[-1]}" if found.sessions else ""
    yield f"{len(found.sessions)} of {sessions} sessions in {folder}{span}"
    yield from left_out(found.left_out)
    yield ""
    if trends:
        yield from render(trends, _bars())
        yield counted(trends)
        longest = max(len(series.points) for series, _ in trends)
        if longest < sensitivity.window:
            told = "what is small, or came last, may not be found yet"
            yield f"note: {longest} sessions, fewer than the window of {sensitivity.window}: {told}"


def _bars() -> str:
    from pytest_fmbench.sinks.trend import BARS, PLAIN_BARS

    try:
        BARS.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return PLAIN_BARS
    return BARS


def _recent(trends: Sequence[Trend], sessions: Sequence[str]) -> Iterator[str]:
    """Changes for the worse that began in one of ``sessions``."""
    from pytest_fmbench.model.comparison import Change
    from pytest_fmbench.sinks.trend import described

    for series, points in trends:
        for point in points:
            if point.change is Change.REGRESSION and point.first in sessions:
                told = f"{described(series, point)}, from {point.first} on"
                yield f"REGRESSION  {series.name}  {series.statistic}  {told}"


COMMAND = Command(
    "history", "tell where the figures of many sessions change, and what else changed there", _arguments, _run
)
