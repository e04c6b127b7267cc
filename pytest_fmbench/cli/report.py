"""``fmbench report``: what a session measured, from its files and without a server."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.cli.base import Command
from pytest_fmbench.cli.places import at_hand, called
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.urls import is_url
from pytest_fmbench.sinks.html.base import COMPARISONS, REPORT, comparisons_in
from pytest_fmbench.store.session import SESSION, is_session, read_json

if TYPE_CHECKING:
    from pytest_fmbench.runs.baselines.against import Reference
    from pytest_fmbench.runs.report import Report

Plain = Mapping[str, Any]

_CAPACITIES, _QUALITIES = "capacities/*/capacity.json", "qualities/*/quality.json"


@dataclass(frozen=True)
class Found:
    """Cases to report.

    :param folder: of their session, or of the one case.
    :param capacities: files of the searches for a capacity, and ``qualities`` those of qualities.
    :param made_with: where it stands what the session was made with.
    :param note: which session was chosen, where there was a choice; else empty.
    :param page: where its page of HTML belongs; None for a single case.
    """

    folder: Path
    cases: list[Path]
    capacities: list[Path]
    qualities: list[Path]
    made_with: Path
    note: str = ""
    page: Path | None = None


@dataclass(frozen=True)
class Beside:
    """What a session has found beside its runs, as their files say it."""

    capacities: Sequence[Plain]
    qualities: Sequence[Plain]
    comparisons: Sequence[Plain]


def find(folder: Path) -> Found:
    """The cases of ``folder``: a case, a session, or a folder of sessions, of which the newest counts.

    :raises UsageError: when there are none, saying what was looked for.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; give a session, a folder of sessions, or a case")
    if _is_case(folder):
        return Found(folder, [folder], [], [], folder.absolute().parent.parent / SESSION)
    sessions = [folder] if is_session(folder) else sorted(filter(is_session, folder.iterdir()))
    if not sessions:
        raise UsageError(f"{folder} holds no session and no case: looked for {SESSION}, cases/ and {_listed()}")
    newest = sessions[-1]  # their names sort by time
    if not _holds_something(newest):
        other = next((one for one in reversed(sessions) if _holds_something(one)), None)
        instead = f"; the newest that has one is {other}" if other else ""
        raise UsageError(f"session {newest} holds no case: looked for cases/*/ with {_listed()}{instead}")
    cases, capacities, qualities = _cases(newest), *(sorted(newest.glob(one)) for one in (_CAPACITIES, _QUALITIES))
    choice = "the only one" if len(sessions) == 1 else f"the newest of {len(sessions)}"
    note = f"session {newest.name}, {choice} in {folder}" if newest != folder else ""
    return Found(newest, cases, capacities, qualities, newest / SESSION, note, newest / REPORT)


def _cases(session: Path) -> list[Path]:
    # even an empty folder is a case: of a session that was killed before the first reply
    return [path for path in sorted(session.glob("cases/*")) if path.is_dir()]


def _holds_something(session: Path) -> bool:
    others = (_CAPACITIES, _QUALITIES, COMPARISONS)
    return bool(_cases(session)) or any(True for one in others for _ in session.glob(one))


def _is_case(folder: Path) -> bool:
    from pytest_fmbench.runs.report import FILES
    from pytest_fmbench.store.session import round_folders

    return any((folder / name).is_file() for name in FILES) or bool(round_folders(folder))


def _listed() -> str:
    from pytest_fmbench.runs.report import FILES

    return f"{', '.join(FILES[:-1])} or {FILES[-1]}"


def _arguments(parser: ArgumentParser) -> None:
    told = "a session's folder, a folder of sessions (the newest counts), a case's, or the URL of one (fmbench-out)"
    parser.add_argument("folder", metavar="DIR|URL", nargs="?", default="fmbench-out", help=told)
    parser.add_argument("--markdown", metavar="FILE", help="write it as Markdown too")
    parser.add_argument("--otel", metavar="FILE", help="write its requests and tools as spans of OpenTelemetry")
    page = "where its page of HTML is written (report.html in the session's folder; of a single case nowhere)"
    parser.add_argument("--html", metavar="FILE", help=page)
    parser.add_argument("--baseline", metavar="NAME|DIR|FILE", help="hold it against this baseline, as pytest does")
    parser.add_argument("--baseline-despite", metavar="WHAT,...", default="", help="conditions that may differ from it")


def _run(arguments: Namespace) -> int:
    with at_hand(arguments.folder) as folder:
        return _report(arguments, folder)


def _report(arguments: Namespace, folder: Path) -> int:
    from pytest_fmbench.catalog import DIALECTS, METRICS
    from pytest_fmbench.model.readable import terminal
    from pytest_fmbench.runs.report import report

    found = find(folder)
    told = report(found.cases, METRICS, DIALECTS, _reference(arguments))
    capacities, qualities = ([read_json(path) for path in paths] for paths in (found.capacities, found.qualities))
    others = Beside(capacities, qualities, comparisons_in(found.folder))
    print("\n".join(map(terminal, _lines(told, found, others))))
    print(f"records: {called(arguments.folder, found.folder)}")
    if arguments.markdown:
        _write_markdown(Path(arguments.markdown), told, found.made_with, others)
    if arguments.otel:
        _write_otel(Path(arguments.otel), found)
    # of a copy there is no folder in which a page would be found
    beside = None if is_url(arguments.folder) else found.page
    page = Path(arguments.html) if arguments.html else beside
    if page is not None:
        _write_html(page, told, found, others)
    missed = any(one["outcome"] in ("fail", "inconclusive") for one in qualities)
    return 0 if told.passed and not missed else 1


def _reference(arguments: Namespace) -> Reference | None:
    from pytest_fmbench.model.conditions import allowed
    from pytest_fmbench.runs.baselines.against import Reference
    from pytest_fmbench.runs.baselines.finding import find_baseline

    despite = allowed(arguments.baseline_despite)
    if arguments.baseline is None:
        return None
    return Reference(find_baseline(arguments.baseline, Path.cwd()), despite)


def _lines(told: Report, found: Found, others: Beside) -> Iterable[str]:
    from pytest_fmbench.model.columns import apart, width_of
    from pytest_fmbench.sinks.terminal import lines

    note = [found.note] if found.note else []
    width = width_of(sys.stdout)
    found_too = (others.capacities, others.qualities)
    measured = lines(told.summaries, *found_too, width, comparisons=others.comparisons, closely=True)
    unjudged = (line for name, problem in told.unjudged for line in (f"{name}:", problem))
    return (*note, *apart(measured, unjudged))


def _write_markdown(path: Path, told: Report, made_with: Path, others: Beside) -> None:
    from pytest_fmbench.sinks.files import write
    from pytest_fmbench.sinks.markdown import render

    session = read_json(made_with) if made_with.exists() else {}
    found_too = (others.capacities, others.qualities)
    write(path, render(told.summaries, session, told.unjudged, *found_too, comparisons=others.comparisons))
    print(f"markdown: {path}")


def _write_otel(path: Path, found: Found) -> None:
    from pytest_fmbench.runs.report import REQUESTS, SUMMARY
    from pytest_fmbench.store.otel import write_spans
    from pytest_fmbench.store.table import read_measurement

    try:
        path.write_bytes(b"")
    except OSError as error:
        raise UsageError(f"--otel {path}: {error.strerror or error}") from error
    whole = [case for case in found.cases if (case / REQUESTS).exists() and (case / SUMMARY).exists()]
    begun, traces = read_json(found.made_with)["begun"], 0
    for case in whole:
        asked = read_json(case / SUMMARY)["deployment"]
        traces += write_spans(path, case.name, read_measurement(case / REQUESTS), asked, begun)
    print(f"otel: {path}, {traces:,} traces of {len(whole)} cases")


def _write_html(path: Path, told: Report, found: Found, others: Beside) -> None:
    from pytest_fmbench.sinks.html.base import Told, recommendation_in
    from pytest_fmbench.sinks.html.page import write_report

    session = read_json(found.made_with) if found.made_with.exists() else {}
    places = zip(told.summaries, told.folders, strict=True)
    summaries = [{**one, "folder": str(folder.absolute())} for one, folder in places]
    found_too = (others.capacities, others.comparisons, others.qualities, recommendation_in(found.folder))
    write_report(path, Told(summaries, session, found.folder, told.unjudged, (), *found_too))
    print(f"html: {path}")


COMMAND = Command("report", "compute a session's numbers and verdicts again, from its records", _arguments, _run)
