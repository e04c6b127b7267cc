from __future__ import annotations

import pytest

from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Message
from pytest_fmbench.runs.observer import Live, Observer, Observers, Stage
from pytest_fmbench.runs.relay import Relay
from tests.support.records import CERTIFICATE, WINDOW


class Noted(Observer):
    def __init__(self) -> None:
        self.told: list[object] = []

    def say(self, line: str) -> None:
        self.told.append(line)

    def enter(self, stage: Stage) -> None:
        self.told.append(stage)

    def leave(self) -> None:
        self.told.append("left")

    def show(self, live: Live) -> None:
        self.told.append(live)


def relay(observer: Observer, looked: list[Message] | None = None) -> Relay:
    return Relay("a run", Limits(0.0, 60.0), observer, (looked if looked is not None else []).append)


@pytest.mark.parametrize(
    ("live", "text"),
    [
        (Live("a", Stage.WARM_UP, 3, 0, 41.6, None), "warm up, 3 requests, 42 tokens/s: a"),
        (Live("a", Stage.MEASURE, 9, 2, 0.0, 7.4), "measure, 9 requests, 2 without response, 0 tokens/s, 7 s left: a"),
    ],
)
def test_a_run_in_the_middle_reads_in_a_line(live: Live, text: str) -> None:
    assert str(live) == text


def test_each_of_several_observers_is_told_all() -> None:
    one, other = Noted(), Noted()
    both = Observers([one, other])
    both.say("a")
    both.enter(Stage.JUDGE)
    both.show(Live("a", Stage.DRAIN, 1, 0, 0.0, None))
    both.leave()
    assert one.told == other.told == ["a", Stage.JUDGE, Live("a", Stage.DRAIN, 1, 0, 0.0, None), "left"]


def test_phases_become_stages_and_progress_is_shown() -> None:
    noted = Noted()
    heard = relay(noted)
    for phase in ("warmup", "window", "drain"):
        heard.hear({"event": "phase", "phase": phase})
        heard.hear({"event": "progress", "done": 1, "failed": 0, "tokens": 5})
    assert noted.told[::2] == [Stage.WARM_UP, Stage.MEASURE, Stage.DRAIN]
    shown = [live for live in noted.told if isinstance(live, Live)]
    assert [live.stage for live in shown] == [Stage.WARM_UP, Stage.MEASURE, Stage.DRAIN]
    assert [live.left_s is None for live in shown] == [True, False, True]


def test_every_message_is_looked_at_first_and_what_that_raises_ends_the_run() -> None:
    looked: list[Message] = []
    relay(Observer(), looked).hear({"event": "phase", "phase": "window"})
    assert looked == [{"event": "phase", "phase": "window"}]


def test_the_end_brings_window_and_certificate() -> None:
    heard = relay(Observer())
    certificate = {"stamp_p99_ns": 50_000, "loop_longest_ns": 900_000, "run_queue_share": 0.001}
    heard.hear({"event": "end", "window": [0, 1_000_000_000], "certificate": certificate})
    assert heard.end() == (WINDOW, CERTIFICATE)


def test_a_load_process_that_never_says_its_window_is_an_error() -> None:
    with pytest.raises(WorkerError, match="without saying what its window was"):
        relay(Observer()).end()
