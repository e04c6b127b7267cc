"""The driver: sends each request at its time and cuts the run into warm-up, window and drain.

    warm-up                 window                              drain
    |-- until it is steady --|-- duration, or so many requests --|-- until the window's requests have ended --|

The users of a closed loop begin one after the other, over half of the least length of the warm-up: users who begin at
once, and get replies of one length, would ask in step for all of the run, and their server would never see anything but
crowds.

A request belongs to the phase in which it begins. Load goes on in the drain, so that the last requests of the
window meet the same company as the first; those of the drain itself are cut off and ``censored`` when the
window's have ended. What has not ended after ``drain_s`` is censored too.

Where a schedule ends in the window, the window ends with it, and no load goes on in the drain.

Of a workload of sessions, an arrival of the load, or a turn of its users, begins a session instead of a request. Its
requests have phases of their own. The window's sessions are waited for as its requests are.

Several drivers, each in a process, may share a load: they begin together, have one window and drain together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import anyio

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.load.bursts import bursts
from pytest_fmbench.load.company import Alone, Company, Point
from pytest_fmbench.load.ledger import Ledger
from pytest_fmbench.load.waiting import pause, sleep_until
from pytest_fmbench.model.exchange import Phase, Ticket
from pytest_fmbench.model.measurement import Window

Send = Callable[[Ticket], Awaitable[bool]]
"""Sends one request, or carries out one session; returns at its end whether a response came, or none could be had."""

_ALONE = Alone()
_PAUSE_AFTER_FAILURE_NS = 100_000_000


@dataclass(frozen=True)
class Limits:
    """How long a run's phases last.

    :param warmup_s: least length of the warm-up, in seconds.
    :param duration_s: length of the window, in seconds.
    :param requests: ends the window earlier, once so many requests have begun in it; None does not. Of several
        workers each has its part.
    :param drain_s: longest wait for the window's requests after it, in seconds.
    """

    warmup_s: float
    duration_s: float
    requests: int | None = None
    drain_s: float = 60.0


class Driver:
    """Drives one run, or one worker's part of it.

    :param send: sends one request, or carries out one session.
    :param on_phase: told when a phase begins.
    :param prepare: told the index of a request to come while there is time until it is due.
    :param company: the other workers.
    :param sessions: what the load begins are sessions.
    :ivar ledger: what has begun and ended so far.
    """

    def __init__(
        self,
        send: Send,
        limits: Limits,
        on_phase: Callable[[Phase], None] = lambda _: None,
        prepare: Callable[[int], None] = lambda _: None,
        company: Company = _ALONE,
        *,
        sessions: bool = False,
    ) -> None:
        self._send, self._limits, self._on_phase, self._prepare = send, limits, on_phase, prepare
        self._company, self._loop = company, asyncio.get_running_loop()
        self._index, self._within = company.share.indices(), company.share.indices()
        self.ledger = ledger = Ledger()
        self._begin, self._end = (ledger.begin_session, ledger.end_session) if sessions else (self._admit, ledger.end)
        self._phase = Phase.WARMUP
        self._changed = asyncio.Event()
        self._heard = 0
        self._tasks: set[asyncio.Task[object]] = set()
        self._broken: asyncio.Future[None] = self._loop.create_future()

    async def run(self, load: Load, seed: int = 0) -> Window:
        """Carry ``load`` through all phases; returns the window.

        :param seed: of the schedule.
        """
        begin_ns = await self._company.meet(Point.START)
        if isinstance(load, Closed):
            users, apart_ns = self._company.share.users(load), seconds_to_ns(self._limits.warmup_s / 2 / load.users)
            senders = [self._user(begin_ns + user * apart_ns, load.pauses(seed, user)) for user in users]
            return await self._drive(senders, begin_ns, len(users))
        lead_ns = seconds_to_ns(self._limits.warmup_s)
        self._open(begin_ns + lead_ns)
        offsets = self._company.share.offsets(load, seed, lead_ns)
        return await self._drive([self._arrive(offsets, begin_ns)], begin_ns, users=0)

    def stop(self) -> None:
        """End the window now. What began in it is counted to its end."""
        self.ledger.close(monotonic_ns())
        self._changed.set()

    def give_up(self, error: Exception) -> None:
        """End the run with an error of ours, such as a full disk: no server can cause one."""
        if not self._broken.done():
            self._broken.set_exception(error)

    @contextmanager
    def request(self, scheduled_ns: int) -> Iterator[Ticket]:
        """Leave to send a request of a session now; it has ended when the block has. No two have one index."""
        begun_ns = monotonic_ns()
        ticket = Ticket(next(self._within), self._admit(begun_ns), scheduled_ns, begun_ns)
        try:
            yield ticket
        finally:
            self.ledger.end(ticket.phase)
            if self._phase is not Phase.WINDOW:
                self._changed.set()

    async def _drive(self, senders: list[Coroutine[object, object, None]], begin_ns: int, users: int) -> Window:
        phases = asyncio.create_task(self._phases(begin_ns, users))
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
        if isinstance(error, Exception):
            self.give_up(error)

    async def _user(self, begin_ns: int, pauses: Iterator[int]) -> None:
        await sleep_until(begin_ns)
        following, answered = None, True
        for nth, pause_ns in enumerate(pauses):
            # a server that refuses at once would otherwise be asked thousands of times a second
            due_ns = await pause(pause_ns if answered else max(pause_ns, _PAUSE_AFTER_FAILURE_NS))
            index = next(self._index) if following is None else following
            following = next(self._index)
            self._loop.call_soon(self._prepare_soon, following)  # runs once this one is sent
            answered = await self._one(index, due_ns)
            if nth == 0:
                self._heard += 1
                self._changed.set()

    def _prepare_soon(self, index: int) -> None:
        try:
            self._prepare(index)
        except Exception as error:  # noqa: BLE001  # a workload's, of any kind; an event loop would only log it
            self.give_up(error)

    async def _arrive(self, offsets: Iterator[int], begin_ns: int) -> None:
        for burst in bursts(offsets):
            due_ns = begin_ns + burst.offset_ns  # absolute: being late once never shifts what follows
            indices = list(islice(self._index, burst.requests))
            for index in indices:
                self._prepare(index)
                if burst.requests > 1:
                    await asyncio.sleep(0)  # replies are not left waiting for all of them
            await sleep_until(due_ns)
            for index in indices:
                self._spawn(self._one(index, scheduled_ns=due_ns))
                await asyncio.sleep(0)  # it is sent before the next one
        end_ns = await self._company.meet(Point.SPENT)  # others may have some to send
        await sleep_until(end_ns)
        self.ledger.close(end_ns + 1)
        self._changed.set()

    async def _one(self, index: int, scheduled_ns: int) -> bool:
        begun_ns = monotonic_ns()
        ticket = Ticket(index, self._begin(begun_ns), scheduled_ns, begun_ns)
        try:
            return await self._send(ticket)
        finally:
            self._end(ticket.phase)
            if self._phase is not Phase.WINDOW:
                self._changed.set()

    def _admit(self, begun_ns: int) -> Phase:
        """The phase of a request that begins now, counted."""
        phase = self.ledger.begin(begun_ns)
        if phase is Phase.WINDOW and self.ledger.in_window == self._limits.requests and self._company.full():
            self.ledger.close(begun_ns + 1)
            self._changed.set()
        return phase

    async def _phases(self, begin_ns: int, users: int) -> Window:
        ledger = self.ledger
        self._enter(Phase.WARMUP)
        await self._warm_up(begin_ns, users)
        self._enter(Phase.WINDOW)
        await self._until(lambda: monotonic_ns() >= ledger.end_ns, self._limits.duration_s)
        self._enter(Phase.DRAIN)
        await self._until(lambda: ledger.open_in_window == 0, self._limits.drain_s)
        await self._company.meet(Point.DRAINED)
        return ledger.window

    async def _warm_up(self, begin_ns: int, users: int) -> None:
        """Return when the window begins: as long after ``begin_ns`` as said, and when every user has had a reply."""
        await sleep_until(begin_ns + seconds_to_ns(self._limits.warmup_s))
        if users:
            await self._until(lambda: self._heard >= users, self._limits.drain_s)
            window_ns = max(await self._company.meet(Point.WARM), monotonic_ns())
            self._open(window_ns)
            await sleep_until(window_ns)

    def _open(self, begin_ns: int) -> None:
        self.ledger.open(begin_ns, seconds_to_ns(self._limits.duration_s))

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._on_phase(phase)

    async def _until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        """Wait until ``condition`` holds, but no longer than ``timeout_s``."""
        # not asyncio.wait_for: before Python 3.12 it swallows a cancellation that meets the result
        with anyio.move_on_after(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
