from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import pytest

from pytest_fmbench.errors import LaunchError, WorkerError
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.load.engine import Message
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.runs.budget import Tokens
from pytest_fmbench.runs.crew.conductor import Conductor, Score
from pytest_fmbench.runs.crew.relay import Relay
from pytest_fmbench.runs.crew.standing import Decoded, Standing
from pytest_fmbench.runs.observer import Observer
from tests.support.records import CERTIFICATE

Told = tuple[int, Message]
NO_LIMIT = Tokens()
DECODER = 2
"""The job after two load workers."""

WRITTEN: Told = (DECODER, {"event": "written"})


class Script:
    """A crew that tells what stands in a script; ``said`` is what it was told."""

    ahead_ns = 0

    def __init__(self, *told: Told) -> None:
        self._told = told
        self.said: list[Told] = []

    def heard(self) -> Iterator[Told]:
        return iter(self._told)

    def say(self, nth: int, message: Message) -> None:
        self.said.append((nth, message))

    def events(self) -> list[tuple[int, str]]:
        return [(nth, message["event"]) for nth, message in self.said]


def at(nth: int, point: str) -> Told:
    return nth, {"event": "at", "point": point}


def begun(nth: int, number: int, in_window: int) -> Told:
    return nth, {"event": "begun", "begun": number, "in_window": in_window}


def phase(nth: int, name: str) -> Told:
    return nth, {"event": "phase", "phase": name, "begin_ns": 100 + nth}


def decoded(done: int) -> Told:
    return DECODER, {"event": "decoded", **asdict(Decoded(done=done))}


def end(nth: int, window: Sequence[int], certificate: Certificate = CERTIFICATE) -> Told:
    return nth, {"event": "end", "window": window, "certificate": asdict(certificate)}


class Led:
    """What came of a script."""

    def __init__(
        self, *told: Told, requests: int | None = None, stop_at: int = 10**9, tokens: Tokens = NO_LIMIT
    ) -> None:
        self.crew, self.looked = Script(*told, WRITTEN), list[Standing]()
        self.asked: list[int] = []

        def go_on(figures: Decoded) -> bool:
            self.asked.append(figures.done)
            return figures.done < stop_at

        score = Score(2, requests, self.looked.append, go_on, tokens=tokens)
        relay = Relay("a run", Limits(0.0, 60.0), Observer())
        ends = [] if any(one["event"] == "end" for _, one in told) else [end(0, [0, 1]), end(1, [0, 1])]
        self.crew = Script(*told, *ends, WRITTEN)
        self.certificate = Conductor(self.crew, score, relay).lead()


def test_workers_go_on_at_one_time_once_all_have_met() -> None:
    crew = Led(at(1, "warm"), phase(0, "warmup"), at(0, "warm")).crew
    assert crew.events()[:2] == [(0, "go"), (1, "go")]
    assert crew.said[0][1] == crew.said[1][1]
    assert crew.said[0][1]["point"] == "warm"


def test_nobody_starts_before_the_decoder_is_ready() -> None:
    assert Led(at(0, "start"), at(1, "start")).crew.events() == [(DECODER, "end")]
    assert Led(at(0, "start"), at(1, "start"), at(DECODER, "start")).crew.events()[:2] == [(0, "go"), (1, "go")]


def test_the_window_ends_once_all_workers_together_have_begun_so_many() -> None:
    crew = Led(begun(0, 9, 5), begun(1, 9, 4), begun(1, 9, 5), begun(0, 9, 6), requests=10).crew
    assert crew.events() == [(0, "stop"), (1, "stop"), (DECODER, "end")]


def test_the_decoder_is_told_the_common_window_once_the_load_has_ended() -> None:
    crew = Led(end(1, [3, 10]), end(0, [1, 9])).crew
    assert crew.said == [(DECODER, {"event": "end", "window": [3, 9]})]


def test_the_worst_of_what_workers_say_of_their_own_error_counts() -> None:
    late = replace(CERTIFICATE, stamp_p99_ns=10**9, reconnects=2)
    waiting = replace(CERTIFICATE, run_queue_share=0.5, reconnects=3)
    certificate = Led(end(0, [0, 1], late), end(1, [0, 1], waiting)).certificate
    assert (certificate.stamp_p99_ns, certificate.run_queue_share) == (10**9, 0.5)
    assert certificate.reconnects == 5, "what is counted is added up"


def test_a_window_ends_when_its_tokens_are_spent() -> None:
    warming = [begun(0, 50, 0), decoded(50), phase(0, "window")]
    nearly, limit = [*warming, begun(0, 60, 10), decoded(60)], Tokens(1_000, 10)
    assert Led(*nearly, tokens=limit).crew.events() == [(DECODER, "end")]
    assert Led(*nearly, begun(1, 40, 40), tokens=limit).crew.events() == [(0, "stop"), (1, "stop"), (DECODER, "end")]
    assert Led(*warming, tokens=Tokens(501, 10)).crew.events() == [(DECODER, "end")]


def test_a_window_goes_on_as_long_as_it_is_wanted() -> None:
    led = Led(
        decoded(1), phase(0, "window"), decoded(2), decoded(3), decoded(4), phase(1, "drain"), decoded(5), stop_at=3
    )
    assert led.crew.events() == [(0, "stop"), (1, "stop"), (DECODER, "end")]
    assert led.asked == [2, 3, 4]


def test_all_that_is_known_of_the_run_is_looked_at_with_every_message() -> None:
    looked = Led(begun(0, 3, 1), begun(1, 4, 2), decoded(5)).looked
    assert looked[:3] == [Standing(3, 1), Standing(7, 3), Standing(7, 3, Decoded(done=5))]


def test_what_looking_raises_ends_the_run() -> None:
    def look(_: Standing) -> None:
        raise LaunchError("the server is gone")

    relay = Relay("a run", Limits(0.0, 60.0), Observer())
    with pytest.raises(LaunchError, match="the server is gone"):
        Conductor(Script(decoded(1)), Score(2, None, look, lambda _: True), relay).lead()


@pytest.mark.parametrize("told", [[], [end(0, [0, 1])], [end(0, [0, 1]), end(1, [0, 1])]])
def test_a_run_that_ends_without_a_table_is_an_error(told: list[Told]) -> None:
    relay = Relay("a run", Limits(0.0, 60.0), Observer())
    with pytest.raises(WorkerError, match="without having written its requests"):
        Conductor(Script(*told), Score(2, None, lambda _: None, lambda _: True), relay).lead()
