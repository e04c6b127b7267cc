"""JUnit's file, where pytest writes one: completed once it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_fmbench.missing import Missing


class JUnitCases:
    """Completes the file of a session that measured something. On the controller only.

    :param path: that was given to ``--junitxml``.
    :param kind: of :mod:`pytest_fmbench.sinks.junit_file`.
    """

    def __init__(self, path: str, kind: str) -> None:
        self._path, self._kind = Path(os.path.expandvars(path)).expanduser().absolute(), kind  # as pytest reads it
        self._measures = False
        self._missing = Missing()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See whether there is a benchmark; of a suite without any the file stays as it is."""
        self._measures = self._measures or getattr(report, "fmbench_case", False)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Complete it; last, when pytest has written it."""
        from pytest_fmbench.sinks.junit_file import complete

        if not self._measures:
            return
        with self._missing.noted():
            complete(self._path, self._kind)
        self._missing.fail(session)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is missing."""
        self._missing.tell(terminalreporter)
