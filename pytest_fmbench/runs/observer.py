"""Who is told what a run is doing while it does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from pytest_fmbench.model.units import Unit, show


class Stage(str, Enum):
    """What a case is doing, in order."""

    PROVISION = "provision"
    CHECK = "check"
    WARM_UP = "warm up"
    MEASURE = "measure"
    DRAIN = "drain"
    JUDGE = "judge"


@dataclass(frozen=True)
class Seen:
    """What the last look at a run saw of an objective.

    :param objective: as it was written.
    :param interval: value and interval, for people.
    :param outcome: ``pass`` or ``fail`` where it is decided, else empty.
    """

    objective: str
    interval: str
    outcome: str = ""

    def __str__(self) -> str:
        return f"{self.objective}: {self.interval} {self.outcome or 'open'}"


@dataclass(frozen=True)
class Aside:
    """What is known of a run in the middle beside its requests.

    :param seen: of its objectives, in their order; empty before the first look, and where none is made.
    :param usd_left: of the session's budget, in dollars; None where nobody pays.
    """

    seen: tuple[Seen, ...] = ()
    usd_left: float | None = None


@dataclass(frozen=True)
class Live:
    """A run in the middle. About right, for people: the figures are made from the records later.

    :param done: requests that have ended, in all phases.
    :param failed: of those, the ones that failed.
    :param tokens_per_s: about how many tokens arrived a second, of requests that are decoded.
    :param left_s: about how long the stage still takes, in seconds; None where that is not known.
    :param ttft_s: mean time to the first token in the window so far; None while there is none.
    :param session: how far all of its cases are; empty where that is not known.
    """

    run: str
    stage: Stage
    done: int
    failed: int
    tokens_per_s: float
    left_s: float | None
    ttft_s: float | None = None
    aside: Aside = Aside()
    session: str = ""

    @property
    def decided(self) -> int:
        """How many objectives are."""
        return sum(bool(one.outcome) for one in self.aside.seen)

    def __str__(self) -> str:
        # what changes first, the name last, since it is what a narrow terminal may cut off
        return f"{', '.join(self._parts())}: {self.run}"

    def _parts(self) -> Iterator[str]:
        yield f"{self.stage.value}, {self.done} requests"
        if self.failed:
            yield f"{self.failed} failed"
        yield f"{self.tokens_per_s:.0f} tokens/s"
        if self.left_s is not None:
            yield f"{self.left_s:.0f} s left"
        if self.session:
            yield self.session
        if self.aside.usd_left is not None:
            yield f"${self.aside.usd_left:,.2f} left"
        if self.aside.seen:
            yield f"{self.decided} of {len(self.aside.seen)} decided"
            yield from map(str, sorted(self.aside.seen, key=lambda one: bool(one.outcome)))  # what is open first
        elif self.ttft_s is not None:
            yield f"TTFT {show(self.ttft_s, Unit.SECOND)} on average"


class Observer:
    """Told, and does nothing with it; the base of those that do."""

    def say(self, line: str) -> None:
        """A line for people."""

    def enter(self, stage: Stage) -> None:
        """A stage begins, and the one before it ends."""

    def leave(self) -> None:
        """The last stage ends."""

    def show(self, live: Live) -> None:
        """How far a run is, about twice a second."""


class Observers(Observer):
    """Tells each of several."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def say(self, line: str) -> None:
        """Tell each."""
        for observer in self._observers:
            observer.say(line)

    def enter(self, stage: Stage) -> None:
        """Tell each."""
        for observer in self._observers:
            observer.enter(stage)

    def leave(self) -> None:
        """Tell each."""
        for observer in self._observers:
            observer.leave()

    def show(self, live: Live) -> None:
        """Tell each."""
        for observer in self._observers:
            observer.show(live)
