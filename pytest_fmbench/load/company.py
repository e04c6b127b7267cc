"""How the workers of a run keep together: they meet at a point, and go on from there at one time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.engine import Message
from pytest_fmbench.load.share import Share


class Point(str, Enum):
    """Where workers meet."""

    START = "start"
    """Ready to send."""
    WARM = "warm"
    """The warm-up has done what it is for."""
    SPENT = "spent"
    """Every request of a schedule that ends has begun."""
    DRAINED = "drained"
    """Every request of the window has ended."""


class Company(Protocol):
    """What a driver knows of the others."""

    @property
    def share(self) -> Share:
        """Its own part of the load."""
        ...

    async def meet(self, point: Point) -> int:
        """Wait until all are at ``point``; returns when to go on from there, on CLOCK_MONOTONIC, in ns."""
        ...

    def full(self) -> bool:
        """Take note that this worker's part of a window's requests has begun; whether that ends the window."""
        ...


@dataclass(frozen=True)
class Alone:
    """The company of a worker that has none."""

    share: Share = field(default_factory=Share)

    async def meet(self, point: Point) -> int:  # noqa: ARG002  # nobody is waited for
        """Now."""
        return monotonic_ns()

    def full(self) -> bool:
        """It does."""
        return True


class Together:
    """The company of a worker whose parent leads several through a run.

    :param tell: says something to the parent, which answers ``go`` once all are at a point.
    :param on_full: called when this worker's part of the window's requests has begun, and others have theirs.
    """

    def __init__(self, share: Share, tell: Callable[[Message], None], on_full: Callable[[], None]) -> None:
        self.share = share
        self._tell, self._on_full = tell, on_full
        self._met: dict[Point, asyncio.Future[int]] = {}

    async def meet(self, point: Point) -> int:
        """Wait until the parent says that all are there."""
        met: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._met[point] = met
        self._tell({"event": "at", "point": point.value})
        return await met

    def full(self) -> bool:
        """A worker that is the only one need not wait for its parent's word."""
        if self.share.of > 1:
            self._on_full()
        return self.share.of == 1

    def go(self, point: Point, at_ns: int) -> None:
        """Hear that all are at ``point``, and when to go on."""
        if not self._met[point].done():  # as it is where the run broke meanwhile
            self._met[point].set_result(at_ns)
