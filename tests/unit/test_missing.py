"""A session that lacks a report is no green one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.missing import Missing


def told(missing: Missing) -> tuple[object, list[str]]:
    """Exit status of a session that was green, and what people read."""
    session, lines = SimpleNamespace(exitstatus=pytest.ExitCode.OK), list[str]()

    def write_line(line: str, *, red: bool) -> None:
        assert red
        lines.append(line)

    missing.fail(cast("pytest.Session", session))
    missing.tell(cast("pytest.TerminalReporter", SimpleNamespace(write_line=write_line)))
    return session.exitstatus, lines


def test_what_can_be_written_changes_nothing() -> None:
    missing = Missing()
    with missing.noted():
        pass
    assert told(missing) == (pytest.ExitCode.OK, [])


def test_everything_that_is_missing_is_told_and_fails_the_session() -> None:
    missing = Missing()
    for what, why in (("results are missing", "disk full"), ("a report is missing", "cannot write x")):
        with missing.noted(what):
            raise StoreError(why)
    assert told(missing) == (
        pytest.ExitCode.INTERNAL_ERROR,
        ["results are missing: disk full", "a report is missing: cannot write x"],
    )


def test_another_error_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError), Missing().noted():
        _ = 1 / 0
