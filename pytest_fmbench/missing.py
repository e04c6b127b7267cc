"""Reports that could not be written: a green run without its report is a defect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_fmbench.errors import StoreError


class Missing:
    """What of a report is missing, told at the end of a session, which it fails."""

    def __init__(self) -> None:
        self._told: list[str] = []

    @contextmanager
    def noted(self, what: str = "a report is missing") -> Iterator[None]:
        """Write inside; what cannot be written is noted, and told as ``what``."""
        try:
            yield
        except StoreError as error:
            self._told.append(f"{what}: {error}")

    def fail(self, session: pytest.Session) -> None:
        """End the session with an error where something is missing."""
        if self._told:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR

    def tell(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is missing."""
        for problem in dict.fromkeys(self._told):
            terminalreporter.write_line(problem, red=True)
