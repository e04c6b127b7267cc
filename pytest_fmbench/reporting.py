"""What a session leaves for people: the table, ``summary.md``, whether enough was measured. On the controller only."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.missing import Missing
from pytest_fmbench.options import ALL
from pytest_fmbench.store.journal import add

_COLOURS = {
    "green": ("PASS", "IMPROVEMENT"),
    "yellow": ("INCONCLUSIVE", "warning:"),
    "red": ("FAIL", "INVALID", "REGRESSION", "invalid:"),
}
"""Of lines that begin with these words."""


class Reporting:
    """Collects the figures of all cases and prints their table.

    :param folder: of the session.
    :param require: cases that must be measured: ALL, or so many; None is any number.
    """

    def __init__(self, folder: Path, require: int | None) -> None:
        self._folder, self._require = folder, require
        self._selected: set[str] = set()
        self._measured: set[str] = set()
        self._cases: dict[str, list[dict[str, Any]]] = {}
        self._capacities: dict[str, list[dict[str, Any]]] = {}
        self._qualities: dict[str, list[dict[str, Any]]] = {}
        self._errors: dict[str, str] = {}
        self._skipped: dict[str, str] = {}
        self._ended: dict[str, dict[str, Any]] = {}
        self._found_at: dict[str, tuple[str, int | None, str]] = {}
        self._comparisons: list[Mapping[str, Any]] = []
        self._missing = Missing()
        self._mistake = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a case's figures; the last report counts, should a crashed worker's case have been run again."""
        if getattr(report, "fmbench_case", False):
            self._selected.add(report.nodeid)
            self._found_at[report.nodeid] = report.location
        summaries = getattr(report, "fmbench", None)
        if summaries is not None:
            self._cases[report.nodeid] = summaries
            self._capacities[report.nodeid] = getattr(report, "fmbench_capacities", [])
            self._qualities[report.nodeid] = getattr(report, "fmbench_qualities", [])
            found = summaries or self._capacities[report.nodeid] or self._qualities[report.nodeid]
            if found and not report.skipped:
                self._measured.add(report.nodeid)
        if getattr(report, "fmbench_case", False) and report.failed and not self._explained(report.nodeid):
            self._errors[report.nodeid] = _message(report)
        if getattr(report, "fmbench_case", False) and report.skipped:
            self._skipped[report.nodeid] = _reason(report)
        self._keep(report)

    def _keep(self, report: pytest.TestReport) -> None:
        """Write down what became of a case once it is over, if it was measured, so that nothing takes it back."""
        if report.when == "call" and report.nodeid in self._measured and not hasattr(report, "wasxfail"):
            outcome, message = report.outcome, report.longreprtext
            runs, capacities = self._cases[report.nodeid], self._capacities[report.nodeid]
            kept = {"case": report.nodeid, "outcome": outcome, "message": message, "runs": runs}
            qualities = self._qualities[report.nodeid]
            self._ended[report.nodeid] = {**kept, "capacities": capacities, "qualities": qualities}
        if getattr(report, "fmbench_resumed", False):
            self._ended.pop(report.nodeid, None)  # it stands there already
        ended = self._ended.pop(report.nodeid, None) if report.when == "teardown" else None
        if ended is not None and report.passed:
            with self._missing.noted("results are missing"):
                add(self._folder, ended)

    def _explained(self, case: str) -> bool:
        """Whether a verdict says why a case failed."""
        from pytest_fmbench.model.comparison import outcome_in

        return any(
            run["invalid"]
            or outcome_in(run.get("baseline")) == "fail"
            or any(verdict["outcome"] != "pass" for verdict in run["verdicts"])
            for run in self._cases.get(case, ())
        ) or any(one["outcome"] in ("fail", "inconclusive") for one in self._qualities.get(case, ()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ANN401, ARG002  # xdist's, which may not be there
        """Keep what an xdist worker found to be wrong with the whole session."""
        self._mistake = getattr(node, "workeroutput", {}).get("fmbench_mistake", self._mistake)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a session that would be green although cases that were required were not measured."""
        if self._lacking() and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._cases or self._errors:
            with self._missing.noted():
                self._write_reports()
        self._missing.fail(session)
        if self._mistake:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def _write_reports(self) -> None:
        from pytest_fmbench.sinks.benchmark_json import BENCHMARK, write_benchmark
        from pytest_fmbench.sinks.capacity import CURVES
        from pytest_fmbench.sinks.capacity_plot import capacity_plot
        from pytest_fmbench.sinks.files import append, write
        from pytest_fmbench.sinks.html.base import REPORT, Told, comparisons_in
        from pytest_fmbench.sinks.html.page import with_folders, write_report
        from pytest_fmbench.sinks.markdown import render
        from pytest_fmbench.store.session import file_name, read_json

        made_with = self._folder / "session.json"
        # known by node id, because two files may have cases of one name
        summaries = with_folders(self._cases, {case: file_name(case) for case in self._cases})
        session = read_json(made_with) if made_with.exists() else {}
        capacities = [{**one, "case": case} for case, found in self._capacities.items() for one in found]
        qualities = [{**one, "case": case} for case, found in self._qualities.items() for one in found]
        errors, skipped = list(self._errors.items()), list(self._skipped.items())
        self._comparisons = comparisons_in(self._folder)
        text = render(summaries, session, errors, capacities, qualities, comparisons=self._comparisons)
        write(self._folder / "summary.md", text)
        write_benchmark(self._folder / BENCHMARK, summaries, session)
        for one in capacities:
            write(self._folder / one["folder"] / CURVES, capacity_plot(one))
        told = Told(summaries, session, self._folder, errors, skipped, capacities, self._comparisons, qualities)
        write_report(self._folder / REPORT, told)
        if os.environ.get("GITHUB_STEP_SUMMARY"):
            append(Path(os.environ["GITHUB_STEP_SUMMARY"]), text)

    def _annotations(self, root: Path) -> list[str]:
        """What GitHub shows beside the lines of a pull request; nothing elsewhere."""
        if os.environ.get("GITHUB_ACTIONS") != "true":
            return []
        from pytest_fmbench.sinks.github import commands, place_of

        workspace = os.environ.get("GITHUB_WORKSPACE")
        places = {case: place_of(found, root, workspace) for case, found in self._found_at.items()}
        judged = {case: [*runs, *self._qualities.get(case, ())] for case, runs in self._cases.items()}
        return [*commands(judged, self._errors, places)]

    def _lacking(self) -> str:
        """What ``--fmbench-require`` asks for and did not get; empty if nothing."""
        measured = len(self._measured)
        if self._require is None or (0 < measured >= (self._require or len(self._selected))):
            return ""
        wanted = f"all of {len(self._selected)}" if self._require == ALL else str(self._require)
        return f"--fmbench-require: {measured} cases were measured, but {wanted} must be"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Print the table, if anything was measured, and how to go on where the session was broken off."""
        self._tell(terminalreporter)
        # pytest says so of mistakes in what it collects too, before which nothing is written
        if exitstatus == pytest.ExitCode.INTERRUPTED and self._folder.exists():
            terminalreporter.write_line(f"broken off: the same with --fmbench-resume {self._folder.name} goes on")
            if any(self._folder.glob("cases/*")):
                terminalreporter.write_line(f"what there is: fmbench report {shlex.quote(str(self._folder))}")

    def _tell(self, terminalreporter: pytest.TerminalReporter) -> None:
        from pytest_fmbench.model.columns import width_of
        from pytest_fmbench.model.readable import terminal
        from pytest_fmbench.sinks.html.base import REPORT
        from pytest_fmbench.sinks.table import chance
        from pytest_fmbench.sinks.terminal import lines

        if self._mistake:
            terminalreporter.write_line(f"ERROR: {self._mistake}", red=True)
        if lacking := self._lacking():
            terminalreporter.write_line(lacking, red=True)
        self._missing.tell(terminalreporter)
        for line in self._annotations(terminalreporter.config.rootpath):
            terminalreporter.write_line(line)
        if not self._measured:  # which pytest without -rs leaves as a green `1 skipped`
            for reason in dict.fromkeys(self._skipped.values()):
                told = terminal(reason.removeprefix("Skipped: "))
                terminalreporter.write_line(f"nothing was measured: {told}", yellow=True)
        if not self._cases:
            return
        terminalreporter.section("fmbench")
        width = width_of(sys.stdout) if terminalreporter.isatty else None
        summaries = [{**run, "case": case} for case, runs in self._cases.items() for run in runs]
        found = [capacity for case in self._capacities.values() for capacity in case]
        answers = [one for case in self._qualities.values() for one in case]
        for line in lines(summaries, found, answers, width, comparisons=self._comparisons):
            terminalreporter.write_line(terminal(line), **_markup(line))
        terminalreporter.write_line(f"records: {self._folder}")
        if (self._folder / REPORT).exists():
            terminalreporter.write_line(f"html: {self._folder / REPORT}")
        if expected := chance(self._cases.values()):
            terminalreporter.write_line(expected)


def _markup(line: str) -> dict[str, bool]:
    word = line.partition(" ")[0]
    return {colour: True for colour, words in _COLOURS.items() if word in words}


def _message(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash is not None else report.longrepr)


def _reason(report: pytest.TestReport) -> str:
    """Why a case was skipped, without where."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
