"""What a person sees while a session runs, in a terminal and in a log."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import pytest

from pytest_fmbench.progress import _Terminal
from pytest_fmbench.remaining import Remaining
from pytest_fmbench.runs.observer import Aside, Live, Seen, Stage

LIVE = Live("test_chat[m+s+local]", Stage.MEASURE, 9, 0, 52.0, 30.0, 0.16)
OPEN = Seen("ttft.p95 < 1s", "212 ms [190 ms, 240 ms]")


class Reporter:
    """pytest's, as far as it is used."""

    def __init__(self, *, isatty: bool) -> None:
        self.isatty, self.lines, self.rewritten = isatty, list[str](), list[str]()

    def ensure_newline(self) -> None: ...

    def write_line(self, line: str) -> None:
        self.lines.append(line)

    def rewrite(self, line: str, *, erase: bool) -> None:
        assert erase
        self.rewritten.append(line)


class Capture:
    def global_and_fixture_disabled(self) -> AbstractContextManager[None]:
        return nullcontext()


def test_a_terminal_has_one_line_that_is_rewritten_and_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    reporter = Reporter(isatty=True)
    terminal = _Terminal(reporter, Capture(), Remaining(30.0))
    for done in (9, 10):
        terminal.show(replace(LIVE, done=done))
    assert reporter.lines == []
    assert reporter.rewritten == [str(f"fmbench: {replace(LIVE, done=done)}")[:59] for done in (9, 10)]


def test_a_log_has_a_line_every_ten_seconds_and_when_a_stage_begins_or_an_objective_is_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = [0.0]
    monkeypatch.setattr("pytest_fmbench.progress.monotonic_ns", lambda: int(now_s[0] * 1e9))
    reporter = Reporter(isatty=False)
    terminal = _Terminal(reporter, Capture(), Remaining(30.0))
    decided = Aside((replace(OPEN, outcome="pass"),))
    lives = (
        (0.0, replace(LIVE, stage=Stage.WARM_UP), True),
        (0.5, replace(LIVE, stage=Stage.WARM_UP, done=10), False),
        (1.0, LIVE, True),
        (9.9, replace(LIVE, done=11, aside=Aside((OPEN,))), False),
        (10.1, replace(LIVE, done=12), True),
        (10.6, replace(LIVE, aside=decided), True),
        (11.1, replace(LIVE, aside=decided, done=13), False),
    )
    for at_s, live, _ in lives:
        now_s[0] = at_s
        terminal.show(live)
    assert reporter.rewritten == []
    assert reporter.lines == [f"fmbench: {live}" for _, live, shown in lives if shown]


def test_it_says_how_far_the_session_is() -> None:
    remaining = Remaining(30.0)
    remaining.told = lambda stage_s: f"case 1/2: ~{stage_s} s left"  # type: ignore[method-assign]  # its own test counts
    reporter = Reporter(isatty=False)
    _Terminal(reporter, Capture(), remaining).show(LIVE)
    assert reporter.lines == [f"fmbench: {replace(LIVE, session='case 1/2: ~30.0 s left')}"]
