"""The driver: sends each request at its time and cuts the run into warm-up, window and drain.

    warm-up                 window                              drain
    |-- until it is steady --|-- duration, or so many requests --|-- until the window's requests have ended --|

A request belongs to the phase in which it begins. Load goes on in the drain, so that the last requests of the
window meet the same company as the first; those of the drain itself are cut off and ``censored`` when the
window's have ended. What has not ended after ``drain_s`` is censored too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import anyio

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.model.exchange import Phase, Ticket
from pytest_fmbench.model.measurement import Window

Send = Callable[[Ticket], Awaitable[bool]]
"""Sends one request and returns when it has ended: True if a response came, False if none could be had."""

_PAUSE_AFTER_FAILURE_S = 0.1
_SLACK_NS = 100_000
"""What a system adds to a sleep."""


@dataclass(frozen=True)
class Limits:
    """How long a run's phases last.

    :param warmup_s: least length of the warm-up, in seconds.
    :param duration_s: length of the window, in seconds.
    :param requests: ends the window earlier, once so many requests have begun in it; None does not.
    :param drain_s: longest wait for the window's requests after it, in seconds.
    """

    warmup_s: float
    duration_s: float
    requests: int | None = None
    drain_s: float = 60.0


class Driver:
    """Drives one run.

    :param send: sends one request.
    :param on_phase: told when a phase begins.
    :param prepare: told the index of the next request of an open loop while there is time until it is due.
    """

    def __init__(
        self,
        send: Send,
        limits: Limits,
        on_phase: Callable[[Phase], None] = lambda _: None,
        prepare: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._send, self._limits, self._on_phase, self._prepare = send, limits, on_phase, prepare
        self._index = count()
        self._phase = Phase.WARMUP
        self._ended = 0
        self._begun_in_window = 0
        self._open_in_window = 0
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[object]] = set()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self, load: Load, seed: int = 0) -> Window:
        """Carry ``load`` through all phases; returns the window.

        :param seed: of the schedule.
        """
        if isinstance(load, Closed):
            return await self._drive([self._user() for _ in range(load.users)], warm=lambda: self._ended >= load.users)
        return await self._drive([self._arrive(load.offsets(seed))], warm=lambda: True)

    async def _drive(self, senders: list[Coroutine[object, object, None]], warm: Callable[[], bool]) -> Window:
        phases = asyncio.create_task(self._phases(warm))
        for sender in senders:
            self._spawn(sender)
        either: set[asyncio.Future[Any]] = {phases, self._broken}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._broken.done():
                self._broken.result()
            return phases.result()
        finally:
            remaining = {phases, *self._tasks}
            for task in remaining:
                task.cancel()
            await asyncio.gather(*remaining, return_exceptions=True)

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._broken.done():
            self._broken.set_exception(error)  # an error of ours, such as a full disk: no server can cause one

    async def _user(self) -> None:
        while True:
            if not await self._one(next(self._index), scheduled_ns=monotonic_ns()):
                # a server that refuses at once would otherwise be asked thousands of times a second
                await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)

    async def _arrive(self, offsets: Iterator[int]) -> None:
        begin_ns = monotonic_ns()
        for offset_ns in offsets:
            due_ns = begin_ns + offset_ns  # absolute: being late once never shifts what follows
            index = next(self._index)
            self._prepare(index)
            await _sleep_until(due_ns)
            self._spawn(self._one(index, scheduled_ns=due_ns))

    async def _one(self, index: int, scheduled_ns: int) -> bool:
        ticket = Ticket(index, self._admit(), scheduled_ns, monotonic_ns())
        try:
            return await self._send(ticket)
        finally:
            self._ended += 1
            self._open_in_window -= ticket.phase is Phase.WINDOW
            if self._phase is not Phase.WINDOW:
                self._changed.set()

    def _admit(self) -> Phase:
        """The phase of a request that begins now, counted."""
        if self._phase is not Phase.WINDOW:
            return self._phase
        if self._begun_in_window == self._limits.requests:
            return Phase.DRAIN
        self._begun_in_window += 1
        self._open_in_window += 1
        if self._begun_in_window == self._limits.requests:
            self._changed.set()
        return Phase.WINDOW

    async def _phases(self, warm: Callable[[], bool]) -> Window:
        limits = self._limits
        self._on_phase(Phase.WARMUP)
        await asyncio.sleep(limits.warmup_s)
        await self._until(warm, limits.drain_s)
        begin_ns = self._enter(Phase.WINDOW)
        await self._until(lambda: self._begun_in_window == limits.requests, limits.duration_s)
        end_ns = min(self._enter(Phase.DRAIN), begin_ns + seconds_to_ns(limits.duration_s))
        await self._until(lambda: self._open_in_window == 0, limits.drain_s)
        return Window(begin_ns, end_ns)

    def _enter(self, phase: Phase) -> int:
        self._phase = phase
        self._on_phase(phase)
        return monotonic_ns()

    async def _until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Wait until ``condition`` holds, but no longer than ``timeout_s``."""
        # not asyncio.wait_for: before Python 3.12 it swallows a cancellation that meets the result
        with anyio.move_on_after(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


async def _sleep_until(due_ns: int) -> None:
    """Sleep until just before ``due_ns``, then yield until it."""
    left_ns = due_ns - monotonic_ns()
    if left_ns > _SLACK_NS:
        await asyncio.sleep((left_ns - _SLACK_NS) / 1e9)
    while monotonic_ns() < due_ns:  # noqa: ASYNC110  # the clock sets no event
        await asyncio.sleep(0)
