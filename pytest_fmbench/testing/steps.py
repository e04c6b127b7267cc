"""What the mock does for a request, step by step.

A step has a time at which it is due, counted from when the request was read and never from the step before, so
that being late does not add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pytest_fmbench.testing.asked import Asked


@dataclass(frozen=True, slots=True)
class Write:
    """Write ``data``.

    :param tokens: how many output tokens it holds. Only writes of tokens are kept as truth.
    :param at_s: when it is due, in seconds after the request was read; None is as soon as the step before is done.
    """

    data: bytes
    tokens: int = 0
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds; everything that follows is due that much later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Break the connection: the client sees a reset (RST)."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection in order: the client sees its end (FIN), wherever in the reply it is."""


Step = Write | Pause | Reset | Close

Script = Callable[[Asked], Iterable[Step]]
"""What to do for a request. Called when the request has been read; its steps are taken one at a time."""
