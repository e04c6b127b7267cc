"""Records of a session, copied to a URL as its cases end. On the controller only: workers write to the same disk."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.clock import wall_iso
from pytest_fmbench.errors import StoreError

if TYPE_CHECKING:
    from pytest_fmbench.store.remote import Remote


class Copying:
    """Copies what a session has written.

    :param folder: of the session.
    :param remote: below which its folder is copied.
    """

    def __init__(self, folder: Path, remote: Remote) -> None:
        self._folder, self._remote = folder, remote
        self._copied, self._problem = 0, ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """See that it can be written there, before anything is paid for, and before xdist starts its workers.

        :raises UsageError: pytest's, where it cannot.
        """
        if session.config.getoption("collectonly"):
            return
        try:
            self._remote.begin(self._folder.name, wall_iso())
        except StoreError as error:
            raise pytest.UsageError(f"--fmbench-output: {error}") from error

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Copy what a case has left, once it is over."""
        if report.when == "teardown" and getattr(report, "fmbench_case", False):
            self._copy()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Copy the rest, once every report is written; a session that is not all there fails."""
        yield
        self._copy()
        if self._problem:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the copy is, or that there is none."""
        if self._problem:
            terminalreporter.write_line(f"not copied: {self._problem}; the records lie in {self._folder}", red=True)
        elif self._copied:
            terminalreporter.write_line(f"copied: {self._copied} files to {self._remote.url}/{self._folder.name}")

    def _copy(self) -> None:
        self._problem = ""  # what could not be copied then is tried again
        try:
            if self._folder.exists():
                self._copied += self._remote.send(self._folder)
        except StoreError as error:
            self._problem = str(error)
