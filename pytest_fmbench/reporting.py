"""What a person sees while and after a session runs: progress lines and the table. On the controller only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.clock import NS_PER_S, monotonic_ns
from pytest_fmbench.options import ALL
from pytest_fmbench.runs.observer import Live, Observer, Stage

_LOG_EVERY_S = 10


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

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a case's figures; the last report counts, should a crashed worker's case have been run again."""
        if getattr(report, "fmbench_case", False):
            self._selected.add(report.nodeid)
        summaries = getattr(report, "fmbench", None)
        if summaries is not None:
            self._cases[report.nodeid] = summaries
            if summaries and not report.skipped:
                self._measured.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a session that would be green although cases that were required were not measured."""
        if self._lacking() and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _lacking(self) -> str:
        """What ``--fmbench-require`` asks for and did not get; empty if nothing."""
        measured = len(self._measured)
        if self._require is None or (0 < measured >= (self._require or len(self._selected))):
            return ""
        wanted = f"all of {len(self._selected)}" if self._require == ALL else str(self._require)
        return f"--fmbench-require: {measured} cases were measured, but {wanted} must be"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, if anything was measured."""
        from pytest_fmbench.sinks.table import render

        lacking = self._lacking()
        if lacking:
            terminalreporter.write_line(lacking, red=True)
        if not self._cases:
            return
        terminalreporter.section("fmbench")
        for line in render(summary for case in self._cases.values() for summary in case):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"records: {self._folder}")


def observer_of(config: pytest.Config) -> Observer:
    """Shows progress in the terminal, past pytest's capture; nobody in xdist workers, which have none."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if terminal is None or capture is None or hasattr(config, "workerinput"):
        return Observer()
    return _Terminal(terminal, capture)


class _Terminal(Observer):
    """Progress in the terminal: one line that is rewritten, or in a log a line every ten seconds."""

    def __init__(self, terminal: Any, capture: Any) -> None:  # noqa: ANN401  # pytest's, which are not public classes
        self._terminal, self._capture = terminal, capture
        self._shown: tuple[Stage, int] | None = None

    def say(self, line: str) -> None:
        with self._capture.global_and_fixture_disabled():
            self._terminal.ensure_newline()
            self._terminal.write_line(f"fmbench: {line}")

    def show(self, live: Live) -> None:
        if self._terminal.isatty:
            with self._capture.global_and_fixture_disabled():
                self._terminal.rewrite(f"fmbench: {live}", erase=True)
            return
        now = (live.stage, monotonic_ns() // (_LOG_EVERY_S * NS_PER_S))
        if now != self._shown:
            self._shown = now
            self.say(str(live))
