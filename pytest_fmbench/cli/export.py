"""``fmbench export``: a session in a form that another program reads."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fmbench.cli.base import Command
from pytest_fmbench.cli.places import at_hand
from pytest_fmbench.cli.report import Found, find
from pytest_fmbench.store.journal import read
from pytest_fmbench.store.session import file_name, read_json

if TYPE_CHECKING:
    from pytest_fmbench.runs.report import Report
    from pytest_fmbench.sinks.exports.base import Exported


def _arguments(parser: ArgumentParser) -> None:
    from pytest_fmbench.catalog import EXPORTS

    told = "a session's folder, a folder of sessions (the newest counts), a case's, or the URL of one (fmbench-out)"
    parser.add_argument("folder", metavar="DIR|URL", nargs="?", default="fmbench-out", help=told)
    parser.add_argument("--to", metavar="FORM", required=True, help=f"one of {', '.join(EXPORTS)}")
    parser.add_argument("--output", metavar="PATH", help="where it is written; of csv and jsonl a folder (by the form)")


def _run(arguments: Namespace) -> int:
    from pytest_fmbench.catalog import DIALECTS, EXPORTS, METRICS
    from pytest_fmbench.runs.report import report

    export = EXPORTS[arguments.to]
    with at_hand(arguments.folder) as folder:
        found = find(folder)
        told = report(found.cases, METRICS, DIALECTS)
        path = Path(arguments.output or export.output)
        written = export.write(_exported(found, told), path)
    if found.note:
        print(found.note)
    for name, problem in told.unjudged:
        print(f"left out: {name}: {problem}")
    print(f"{arguments.to}: {path}, {written}")
    return 0


def _exported(found: Found, told: Report) -> Exported:
    from pytest_fmbench.sinks.exports.base import Exported

    session = read_json(found.made_with) if found.made_with.exists() else {}
    summaries = [*_named(told, found.folder)]
    return Exported(summaries, told.folders, sorted(found.folder.glob("answers/*/answers.parquet")), session)


def _named(told: Report, session: Path) -> Iterator[dict[str, Any]]:
    """The summaries by node id, as far as the session's journal has it: two files may have cases of one name."""
    known = {file_name(case): case for case in read(session)}
    for one, folder in zip(told.summaries, told.folders, strict=True):
        stem, _, nth = folder.name.rpartition(".")
        case = known.get(folder.name) or (known.get(stem) if nth.isdecimal() else None)
        yield {**one, "case": case or one["case"]}


COMMAND = Command(
    "export", "write a session as CSV, JSON lines, OpenMetrics, OTLP or JSON of benchmarks", _arguments, _run
)
