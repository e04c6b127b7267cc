"""Closed loops: users who ask again when they have their reply, at once or after a while."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, repeat

from pytest_fmbench.clock import seconds_to_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals.values import written
from pytest_fmbench.model.draws import Distribution, read
from pytest_fmbench.model.think import think_of


@dataclass(frozen=True)
class Closed:
    """Closed loop: a fixed number of users, each of whom asks again when the reply is there.

    :param users: how many there are; no more requests are ever outstanding.
    :param think: how long each waits in between, as a distribution of seconds is written; None is not at all.
    """

    users: int
    think: str | None = None

    def pauses(self, seed: int, user: int) -> Iterator[int]:
        """How long ``user`` (from 0) waits before each request, in ns; the same for the same seed and user.

        Before the first it is a part, drawn evenly, of a think time, so that users do not ask in step.
        """
        if self.think is None:
            return repeat(0)
        return (seconds_to_ns(pause_s) for pause_s in _thinking(read(self.think), f"{seed}/{user}"))

    def __str__(self) -> str:
        return f"closed:{self.users}" + ("" if self.think is None else f"-think:{_short(self.think)}")

    def __repr__(self) -> str:
        think = "" if self.think is None else f", think={self.think!r}"
        return f"Closed(users={self.users}{think})"


def closed(users: int, think: float | str | None = None) -> Closed:
    """``users`` users at once, next after previous.

    :param think: how long a user waits after a reply before he asks again: ``2`` or ``"2s"``, or a distribution of
        seconds, such as ``"exponential:2"``, ``"lognormal:2,0.5"`` (median, sigma), ``"uniform:1,3"`` or
        ``"normal:2,0.5"``.
    :raises UsageError: for less than one user, or a part of one, and for what is no time to think.
    """
    if not isinstance(users, int) or isinstance(users, bool) or users < 1:
        raise UsageError(f"closed({users!r}): give a whole number of users, from 1")
    return Closed(users, None if think is None else think_of("closed", think, "users do not think"))


def _thinking(think: Distribution, seed: str) -> Iterator[float]:
    """In seconds."""
    yield random.Random(seed).random() * think.draws(f"{seed}/0", 1)[0]  # noqa: S311  # a simulation, no secret
    for nth in count(1):
        yield think.draws(f"{seed}/{nth}", 1)[0]


def _short(think: str) -> str:
    """As a node id holds it."""
    return think.replace(",", "-") if ":" in think else f"{written(float(think))}s"
