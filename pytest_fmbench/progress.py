"""What a person sees while a session runs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any, cast

import pytest

from pytest_fmbench.allure_observer import ALLURE
from pytest_fmbench.clock import NS_PER_S, monotonic_ns
from pytest_fmbench.model.readable import terminal
from pytest_fmbench.remaining import REMAINING, Remaining
from pytest_fmbench.runs.observer import Live, Observer, Observers, Stage

_LOG_EVERY_S = 10


def observer_of(config: pytest.Config) -> Observer:
    """Everybody who is told what a run is doing: the terminal, and Allure's report where one is asked for."""
    allure = config.pluginmanager.get_plugin(ALLURE)
    return Observers([_terminal_of(config), *([allure.steps] if allure else [])])


def _terminal_of(config: pytest.Config) -> Observer:
    """Shows progress in the terminal, past pytest's capture; nobody in xdist workers, which have none."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if terminal is None or capture is None or hasattr(config, "workerinput"):
        return Observer()
    remaining = cast("Remaining", config.pluginmanager.get_plugin(REMAINING))
    return _Terminal(terminal, capture, remaining)


class _Terminal(Observer):
    """Progress in the terminal: one line that is rewritten; in a log a line every ten seconds and at each decision."""

    def __init__(
        self,
        terminal: Any,  # noqa: ANN401  # pytest's, which is no public class
        capture: Any,  # noqa: ANN401  # likewise
        remaining: Remaining,
    ) -> None:
        self._terminal, self._capture, self._remaining = terminal, capture, remaining
        self._shown: tuple[Stage, int, int] | None = None

    def say(self, line: str) -> None:
        with self._capture.global_and_fixture_disabled():
            self._terminal.ensure_newline()
            self._terminal.write_line(terminal(f"fmbench: {line}"))

    def show(self, live: Live) -> None:
        live = replace(live, session=self._remaining.told(live.left_s))
        if self._terminal.isatty:
            with self._capture.global_and_fixture_disabled():
                # a line that wraps could not be rewritten
                line = terminal(f"fmbench: {live}")[: shutil.get_terminal_size().columns - 1]
                self._terminal.rewrite(line, erase=True)
            return
        now = (live.stage, live.decided, monotonic_ns() // (_LOG_EVERY_S * NS_PER_S))
        if now != self._shown:
            self._shown = now
            self.say(str(live))
