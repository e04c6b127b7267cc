"""Leads the jobs of one run through it: the load workers begin, measure and end together, then the decoder finishes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.company import Point
from pytest_fmbench.load.engine import Crew, Message
from pytest_fmbench.model.certificate import Certificate, worst_of
from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.runs.budget import Tokens
from pytest_fmbench.runs.crew.phases import common
from pytest_fmbench.runs.crew.relay import Relay
from pytest_fmbench.runs.crew.standing import Decoded, Standing

GoOn = Callable[[Decoded], bool]
"""Asked at each new figure of a window whether to go on with it."""


@dataclass(frozen=True)
class Sight:
    """A part of the window whose requests have all ended.

    :param requests: how many they are.
    :param window: in which they began.
    :param path: a table that holds them, among others.
    :param spent: the share of its tokens that the run has spent.
    """

    requests: int
    window: Window
    path: Path
    spent: float = 0.0


_NO_LIMIT = Tokens()
_AHEAD_S = 0.02
"""How far ahead workers are told when to go on: by then all have heard it."""


@dataclass(frozen=True)
class Score:
    """What a conductor goes by.

    :param workers: how many load workers there are; their jobs are the first, and the last is the decoder's.
    :param requests: the window ends once so many have begun in it; None does not.
    :param look: called with every message while there is load; what it raises ends the run.
    :param tokens: the window ends once they are spent.
    :param go_on: whether to go on with the window.
    :param at_look: whether to go on, now that a part of the window can be looked at.
    """

    workers: int
    requests: int | None
    look: Callable[[Standing], None]
    go_on: GoOn
    at_look: Callable[[Sight], bool] = lambda _: True
    tokens: Tokens = _NO_LIMIT


class Conductor:
    """Hears the jobs of one run, and tells them what to do."""

    def __init__(self, crew: Crew, score: Score, relay: Relay) -> None:
        self._crew, self._score, self._relay = crew, score, relay
        self._at: dict[Point, set[int]] = defaultdict(set)
        self._begun: dict[int, tuple[int, int]] = {}
        self._standing = Standing()
        self._stopped = False
        self._begins_ns: dict[int, int] = {}
        self._ends: list[tuple[Window, Certificate]] = []
        self._written = False
        self._answers = {
            "at": self._gather,
            "phase": self._enter,
            "begun": self._count,
            "decoded": self._weigh,
            "look": self._look,
            "end": self._end,
            "written": self._finish,
        }

    def lead(self) -> Certificate:
        """Lead the run to its end; returns what the workers say of their own error, the worst of each.

        :raises WorkerError: when a job dies, or ends without having said what it should have.
        """
        for nth, message in self._crew.heard():
            self._note(nth, message)
            if len(self._ends) < self._score.workers:  # what happens to the server after that changes nothing
                self._score.look(self._standing)
            self._answers[message["event"]](nth, message)
        if not self._written:
            raise WorkerError("the processes of the run ended without having written its requests")
        return worst_of(certificate for _, certificate in self._ends)

    def _note(self, nth: int, message: Message) -> None:
        if message["event"] == "begun":
            self._begun[nth] = message["begun"], message["in_window"]
            begun, in_window = map(sum, zip(*self._begun.values(), strict=True))
            self._standing = replace(self._standing, begun=begun, in_window=in_window)
        elif message["event"] == "decoded":
            figures = {name: value for name, value in message.items() if name != "event"}
            self._standing = replace(self._standing, decoded=Decoded(**figures))

    def _gather(self, nth: int, message: Message) -> None:
        point = Point(message["point"])
        self._at[point].add(nth)
        # the decoder loads much before it starts, which must not fall into the run
        if len(self._at[point]) == self._score.workers + (point is Point.START):
            self._say({"event": "go", "point": point.value, "at_ns": monotonic_ns() + seconds_to_ns(_AHEAD_S)})

    def _enter(self, nth: int, message: Message) -> None:
        phase = Phase(message["phase"])
        if phase is Phase.WINDOW:
            self._begins_ns[nth] = message["begin_ns"]
        self._relay.enter(phase)

    def _count(self, _: int, __: Message) -> None:
        if self._score.requests is not None and self._standing.in_window >= self._score.requests:
            self._stop()
        self._see_what_is_left()

    def _see_what_is_left(self) -> None:
        if self._relay.phase is Phase.WINDOW and self._score.tokens.share(self._standing) >= 1.0:
            self._stop()

    def _weigh(self, _: int, __: Message) -> None:
        self._relay.show(self._standing.decoded)
        if self._relay.phase is Phase.WINDOW and not self._score.go_on(self._standing.decoded):
            self._stop()
        self._see_what_is_left()

    def _look(self, _: int, message: Message) -> None:
        path, begin_ns = Path(message["path"]), max(self._begins_ns.values(), default=0)
        if self._relay.phase is Phase.WINDOW and not self._stopped and len(self._begins_ns) == self._score.workers:
            spent = self._score.tokens.share(self._standing)
            sight = Sight(message["requests"], Window(begin_ns, message["end_ns"]), path, spent)
            if not self._score.at_look(sight):
                self._stop()
        path.unlink(missing_ok=True)

    def _end(self, _: int, message: Message) -> None:
        self._ends.append((Window(*message["window"]), Certificate(**message["certificate"])))
        if len(self._ends) == self._score.workers:
            self._relay.leave()
            whole = common([window for window, _ in self._ends])
            self._crew.say(self._score.workers, {"event": "end", "window": [whole.begin_ns, whole.end_ns]})

    def _finish(self, _: int, __: Message) -> None:
        self._written = True

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._say({"event": "stop"})

    def _say(self, message: Message) -> None:
        for nth in range(self._score.workers):
            self._crew.say(nth, message)
