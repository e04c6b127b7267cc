"""Who is told what a run is doing while it does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Stage(str, Enum):
    """What a case is doing, in order."""

    PROVISION = "provision"
    CHECK = "check"
    WARM_UP = "warm up"
    MEASURE = "measure"
    DRAIN = "drain"
    JUDGE = "judge"


@dataclass(frozen=True)
class Live:
    """A run in the middle. About right, for people: the figures are made from the records later.

    :param done: requests that have ended, in all phases.
    :param failed: of those, the ones that failed.
    :param tokens_per_s: about how many tokens arrived a second, of requests that are decoded.
    :param left_s: about how long the stage still takes, in seconds; None where that is not known.
    """

    run: str
    stage: Stage
    done: int
    failed: int
    tokens_per_s: float
    left_s: float | None

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        left = f", {self.left_s:.0f} s left" if self.left_s is not None else ""
        # the name last, since it is what a narrow terminal may cut off
        rate = f"{self.tokens_per_s:.0f} tokens/s"
        return f"{self.stage.value}, {self.done} requests{failed}, {rate}{left}: {self.run}"


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
