from __future__ import annotations

import pytest

from pytest_fmbench.load.driver import Limits
from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.runs.crew.relay import Relay
from pytest_fmbench.runs.crew.standing import Decoded
from pytest_fmbench.runs.observer import Aside, Live, Observer, Observers, Seen, Stage

DECIDED = Seen("ttft.p95 < 1s", "212 ms [190 ms, 240 ms]", "pass")
OPEN = Seen("tpot.mean < 30ms", "29 ms [27 ms, 31 ms]")


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


@pytest.mark.parametrize(
    ("live", "text"),
    [
        (Live("a", Stage.WARM_UP, 3, 0, 41.6, None), "warm up, 3 requests, 42 tokens/s: a"),
        (Live("a", Stage.MEASURE, 9, 2, 0.0, 7.4), "measure, 9 requests, 2 failed, 0 tokens/s, 7 s left: a"),
        (
            Live("a", Stage.MEASURE, 9, 0, 5.0, 7.4, 0.16, Aside(usd_left=24.881)),
            "measure, 9 requests, 5 tokens/s, 7 s left, $24.88 left, TTFT 160 ms on average: a",
        ),
        (
            Live("a", Stage.MEASURE, 9, 0, 5.0, 7.4, session="case 3/12: ~6 min left"),
            "measure, 9 requests, 5 tokens/s, 7 s left, case 3/12: ~6 min left: a",
        ),
        (
            Live("a", Stage.MEASURE, 9, 0, 5.0, None, 0.16, Aside((DECIDED, OPEN))),
            "measure, 9 requests, 5 tokens/s, 1 of 2 decided, tpot.mean < 30ms: 29 ms [27 ms, 31 ms] open, "
            "ttft.p95 < 1s: 212 ms [190 ms, 240 ms] pass: a",
        ),
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


def test_phases_become_stages_and_figures_are_shown() -> None:
    noted = Noted()
    relay = Relay("a run", Limits(0.0, 60.0), noted)
    for phase in Phase:
        relay.enter(phase)
        relay.show(Decoded(done=1, failed=0, output_tokens=5))
    assert noted.told[::2] == [Stage.WARM_UP, Stage.MEASURE, Stage.DRAIN]
    shown = [live for live in noted.told if isinstance(live, Live)]
    assert [live.stage for live in shown] == [Stage.WARM_UP, Stage.MEASURE, Stage.DRAIN]
    assert [live.left_s is None for live in shown] == [True, False, True]


def test_a_phase_begins_with_the_first_worker_that_enters_it() -> None:
    noted = Noted()
    relay = Relay("a run", Limits(0.0, 60.0), noted)
    for phase in (Phase.WARMUP, Phase.WINDOW, Phase.WARMUP, Phase.WINDOW, Phase.DRAIN):
        relay.enter(phase)
    assert noted.told == [Stage.WARM_UP, Stage.MEASURE, Stage.DRAIN]


def test_outside_of_the_load_there_is_nothing_to_show() -> None:
    noted = Noted()
    relay = Relay("a run", Limits(0.0, 60.0), noted)
    relay.show(Decoded())
    relay.enter(Phase.DRAIN)
    relay.leave()
    relay.show(Decoded())
    assert noted.told == [Stage.DRAIN, "left"]


def test_what_is_known_beside_the_requests_is_asked_for_at_every_figure() -> None:
    noted, known = Noted(), [Aside(usd_left=1.0), Aside((OPEN,), 0.5)]
    relay = Relay("a run", Limits(0.0, 60.0), noted, lambda: known.pop(0))
    relay.enter(Phase.WINDOW)
    for ttft_s in (None, 0.2):
        relay.show(Decoded(done=1, ttft_s=ttft_s))
    shown = [live for live in noted.told if isinstance(live, Live)]
    assert [(live.ttft_s, live.aside) for live in shown] == [(None, Aside(usd_left=1.0)), (0.2, Aside((OPEN,), 0.5))]
