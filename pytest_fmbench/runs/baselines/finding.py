"""Finding the baseline that somebody names, and seeing whether a session can be one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_fmbench.errors import StoreError, UnknownName, UsageError
from pytest_fmbench.runs.report import REQUESTS, SPOOL, SUMMARY
from pytest_fmbench.store import named
from pytest_fmbench.store.packed import SESSION, Kept, Packed, Stored
from pytest_fmbench.store.session import read_json


def find_baseline(text: str, here: Path) -> Stored:
    """The baseline that ``text`` is the name of, else the session's folder or the saved file at that path.

    :param here: where a path begins.
    :raises UsageError: when it is none of these, or a session that cannot be one.
    :raises StoreError: for a file that is damaged or of another version.
    """
    if text in named.names():
        return Packed(named.place_of(text))
    path = Path(here, text).expanduser()
    if text and path.is_dir():
        return _session(path)
    if text and path.is_file():
        return Packed(path)
    raise UnknownName("baseline (and no session's folder or saved file):", text, named.names())


def see_that_they_can_be_one(cases: Sequence[Path]) -> None:
    """See that a session can be a baseline: that all of its runs were measured and judged, and say how.

    :raises UsageError: naming each that was not, and why; where there is none.
    :raises StoreError: when a file cannot be read.
    """
    if not cases:
        raise UsageError("such a session cannot be a baseline: it has searches and comparisons only, and no run")
    problems = [f"  {case.name}: {problem}" for case in cases if (problem := unfit(case))]
    if problems:
        listed = "\n".join(problems)
        raise UsageError(f"such a session cannot be a baseline; measure it again:\n{listed}")


def unfit(case: Path) -> str:
    """What keeps a run from being compared with; empty where nothing does.

    :raises StoreError: when its files cannot be read.
    """
    if any(case.glob(f"{SPOOL}*")):
        return "interrupted: its window never closed"
    if not (case / REQUESTS).exists():
        return "interrupted: it broke off before anything was recorded"
    if not (case / SUMMARY).exists():
        return "not judged: the case broke off before its verdict"
    kept = read_json(case / SUMMARY)
    if kept.get("invalid"):
        return f"invalid measurement: {kept['invalid'][0]}"
    if "conditions" not in kept:
        return "it does not say its conditions: another version measured it"
    return ""


def _session(folder: Path) -> Kept:
    if not (folder / "cases").is_dir() or not (folder / SESSION).is_file():
        inner = sorted(path for path in folder.iterdir() if (path / SESSION).is_file())
        hint = f"; the newest in it is {inner[-1]}" if inner else ""
        raise UsageError(f"{folder} is no session: it lacks {SESSION} or cases/{hint}")
    cases = sorted(path for path in (folder / "cases").iterdir() if path.is_dir())
    if not cases:
        raise UsageError(f"session {folder} holds no case to compare with")
    see_that_they_can_be_one(cases)
    return Kept(folder, frozenset(case.name for case in cases))


def read_all(cases: Iterable[Path]) -> None:
    """See that every table can be read, one at a time.

    :raises StoreError: for one that cannot.
    """
    from pytest_fmbench.store.table import read_measurement

    for case in cases:
        if read_measurement(case / REQUESTS).window_requests.num_rows == 0:
            raise StoreError(f"{case / REQUESTS} holds no request of a window")
