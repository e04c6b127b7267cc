"""The part of a session that may spend: alive while its controller is, renewing, and releasing all at the end.

In an xdist worker only SIGTERM is heard: leases belong to the controller, which survives its workers.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fmbench.errors import StoreError
from pytest_fmbench.stash import FOLDER, SETTINGS

if TYPE_CHECKING:
    from pytest_fmbench.model.lease import Lease
    from pytest_fmbench.runs.tenancy.ending import Left
    from pytest_fmbench.runs.tenancy.renewing import Renewal


class Spending:
    """Begins and ends what a session with a budget holds.

    :param config: of a session with ``--fmbench-budget``.
    """

    def __init__(self, config: pytest.Config) -> None:
        from pytest_fmbench.paid import leases_of
        from pytest_fmbench.runs.tenancy.signals import Signals

        self._config, self._leads = config, not hasattr(config, "workerinput")
        self._leases, self._signals, self._held = leases_of(config), Signals(), ExitStack()
        self._renewal: Renewal | None = None
        self._left: list[Left] = []
        self._kept: list[Lease] = []
        self._told: dict[str, Any] = {}
        self._problems: list[str] = []
        self._begun, self._ended, self._shown = False, False, False

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Be alive, hear SIGTERM and renew, before anything can be made.

        :raises UsageError: when that session runs already.
        """
        self._signals.install()
        if not self._leads:
            return
        from pytest_fmbench.paid import platform_finder
        from pytest_fmbench.runs.tenancy.renewing import Renewal
        from pytest_fmbench.spend.alive import holding

        session = self._config.stash[FOLDER].name
        try:
            self._held.enter_context(holding(session))
        except StoreError as error:
            raise pytest.UsageError(f"session {session} runs already, or its lock cannot be made: {error}") from None
        lifetime_s = self._config.stash[SETTINGS].lease_s
        self._renewal = Renewal(self._leases, session, platform_finder(self._config), lifetime_s)
        self._renewal.start()
        self._begun = True

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Release what is left once all workers are gone; innermost, so that the summary can tell what came of it."""
        if not self._begun:
            return (yield)
        with self._signals.patiently(self._what_is_to_be_done):
            try:
                result = yield
            finally:
                self._end()
        if (self._left or self._problems) and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what was spent, what is kept, and what is left."""
        from pytest_fmbench.sinks.spending import kept_lines, spent_line

        self._shown = True
        if self._told:
            terminalreporter.write_line(spent_line(self._told))
        for line in kept_lines(self._kept):
            terminalreporter.write_line(line, yellow=True)
        for line in (*map(str, self._left), *self._problems):
            terminalreporter.write_line(line, red=True)

    def pytest_unconfigure(self) -> None:
        """End what an interruption may have kept from ending, and let go of the session."""
        if self._begun:
            if not self._ended:
                with self._signals.patiently(self._what_is_to_be_done):
                    self._end()
            if not self._shown:
                for line in (*map(str, self._left), *self._problems):
                    self._say(line)
            self._forget()
        self._begun = False
        self._held.close()
        self._signals.restore()

    def _end(self) -> None:
        """Release what the session holds and does not keep."""
        from pytest_fmbench.paid import book_of, platform_finder
        from pytest_fmbench.runs.tenancy.ending import release_all

        try:
            if self._renewal is not None:
                self._renewal.stop()
            others = [lease for lease in self._held_leases() if not lease.kept]
            finder, book = platform_finder(self._config), book_of(self._config)
            self._left = release_all(others, finder, book.close, self._leases.alone, self._say)
            self._look_after_what_is_kept()
            self._account()
        except StoreError as error:
            self._problems = [f"what is left cannot be known: {error}; look with `fmbench reap`"]
        self._ended = True

    def _look_after_what_is_kept(self) -> None:
        """Give it a whole life from now on."""
        if self._renewal is not None and any(lease.kept for lease in self._held_leases()):
            self._renewal.renew_all()
        self._kept = [lease for lease in self._held_leases() if lease.kept]
        kept, problems = {lease.name for lease in self._kept}, self._renewal.problems if self._renewal else {}
        self._problems = [problem for name, problem in problems.items() if name in kept]

    def _held_leases(self) -> tuple[Lease, ...]:
        return self._leases.of_session(self._config.stash[FOLDER].name)

    def _account(self) -> None:
        """Keep what was spent in the session's records."""
        from pytest_fmbench.paid import ledger_of
        from pytest_fmbench.store.session import SESSION, read_json, write_json

        self._told = ledger_of(self._config).told()
        path = self._config.stash[FOLDER] / SESSION
        if path.exists():
            write_json(path, {**read_json(path), "spent": self._told})

    def _forget(self) -> None:
        """Leave no ledger where nothing is left to be paid: what was spent stands in the session's records."""
        from pytest_fmbench.paid import ledger_of

        if self._left or self._kept or self._problems:
            return
        try:
            ledger_of(self._config).remove()
        except StoreError as error:
            self._say(f"{error}; `fmbench reap --yes` removes what sessions leave")

    def _what_is_to_be_done(self) -> str:
        from pytest_fmbench.runs.tenancy.ending import BY_REAP, told

        try:
            held = [lease for lease in self._held_leases() if not lease.kept]
        except StoreError as error:
            return f"releasing what costs, which cannot be told: {error}; {BY_REAP}"
        what = ", ".join(map(told, held)) or "nothing that costs"
        return f"releasing {what}; where that is abandoned, {BY_REAP}"

    def _say(self, line: str) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None:
            with suppress(OSError):  # it may have been closed, and what costs is released all the same
                terminal.ensure_newline()
                terminal.write_line(f"fmbench: {line}")
