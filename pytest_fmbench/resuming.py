"""``--fmbench-resume``: a session goes on. Cases that have a result are reported as they were, and not run again."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pytest_fmbench.errors import FailedBefore, StoreError
from pytest_fmbench.options import recorded_options
from pytest_fmbench.stash import RESUMED
from pytest_fmbench.store.journal import PASSED, Result, read
from pytest_fmbench.store.session import SESSION, provenance, read_json, write_json

_THE_SAME = ("duration", "confidence", "tolerance", "sampling", "inconclusive", "baseline", "url", "model")
"""Options that say what a result means, so that they may not change within a session."""


class Resuming:
    """Puts earlier results in the place of cases.

    A result is a verdict on something that was measured. Whatever else became of a case, such as an error or a skip,
    it is run again.

    :param config: of a session with ``--fmbench-resume``.
    :param folder: of that session.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config, self._folder = config, folder
        try:
            self._results = read(folder)
            if not hasattr(config, "workerinput"):
                self._begin(folder / SESSION)
        except StoreError as error:
            raise pytest.UsageError(str(error)) from None
        self._reported: set[str] = set()

    def _begin(self, path: Path) -> None:
        """See that the session may go on under today's options, and write down that it does."""
        session, now = read_json(path), recorded_options(self._config)
        then = session.get("options", {})
        changed = [name for name in _THE_SAME if then.get(f"fmbench_{name}") != now.get(f"fmbench_{name}")]
        if changed:
            told = ", ".join(f"--fmbench-{name} {then.get(f'fmbench_{name}')}" for name in changed)
            raise pytest.UsageError(
                f"session {self._folder.name} was begun with {told}; give the same, or begin a new session"
            )
        write_json(path, {**session, "resumed": [*session.get("resumed", []), provenance(now)]})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Set nothing up for a case that has a result."""
        result = self._results.get(item.nodeid)
        if result is not None and isinstance(item, pytest.Function):
            item.stash[RESUMED] = result
            item.fixturenames = []  # its own list: that of the function is shared by all its cases

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> object:
        """End a case as it ended before.

        :raises FailedBefore: where it failed.
        """
        result = pyfuncitem.stash.get(RESUMED, None)
        if result is None:
            return None
        if result["outcome"] != PASSED:
            raise FailedBefore(f"as it was measured before, in session {self._folder.name}\n{result['message']}")
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Hand the earlier figures to the reports."""
        report = yield
        result = item.stash.get(RESUMED, None)
        if result is not None and call.when == "call":
            self._hand_over(item, report, result)
        return report

    def _hand_over(self, item: pytest.Item, report: Any, result: Result) -> None:  # noqa: ANN401  # gets fields of ours
        from pytest_fmbench.sinks.junit import properties_of_case

        report.fmbench, report.fmbench_capacities = result["runs"], result["capacities"]
        report.fmbench_qualities = result.get("qualities", [])
        report.fmbench_resumed = True
        told = properties_of_case(result["runs"], result["capacities"], report.fmbench_qualities)
        item.user_properties.extend(told)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what was not run again."""
        if getattr(report, "fmbench_resumed", False):
            self._reported.add(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was not run again."""
        count, name = len(self._reported), self._folder.name
        terminalreporter.write_line(f"resumed: {count} cases are reported as session {name} measured them before")
