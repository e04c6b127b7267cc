"""What a person sees while and after a session runs: progress lines and the table. On the controller only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


class Reporting:
    """Collects the figures of all cases and prints their table.

    :param folder: of the session.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cases: dict[str, list[dict[str, Any]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a case's figures; the last report counts, should a crashed worker's case have been run again."""
        summaries = getattr(report, "fmbench", None)
        if summaries is not None:
            self._cases[report.nodeid] = summaries

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, if anything was measured."""
        from pytest_fmbench.sinks.table import render

        if not self._cases:
            return
        terminalreporter.section("fmbench")
        for line in render(summary for case in self._cases.values() for summary in case):
            terminalreporter.write_line(line)
        terminalreporter.write_line(f"records: {self._folder}")


def progress_of(config: pytest.Config) -> Callable[[str], None]:
    """A function that shows a line of progress in the terminal, past pytest's capture; silent in xdist workers."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if terminal is None or capture is None or hasattr(config, "workerinput"):
        return lambda _: None

    def show(line: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(f"fmbench: {line}")

    return show
