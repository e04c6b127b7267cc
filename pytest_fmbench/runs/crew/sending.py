"""Sends the requests of a load process, and spools what comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from pytest_fmbench.client.dialects.calling import call_of
from pytest_fmbench.client.message import Message
from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import StoreError
from pytest_fmbench.load.vitals import Vitals
from pytest_fmbench.model.exchange import End, Exchange, Recording, Ticket
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.task import TaskRecord
from pytest_fmbench.runs.crew.load_plan import LoadPlan
from pytest_fmbench.runs.crew.requests import Requests, client_of
from pytest_fmbench.store.spool import SpoolWriter

_ANSWERED = (End.COMPLETE, End.CLOSED)
"""A reply without length ends with the connection."""


@dataclass(frozen=True)
class Ready:
    """A request that only waits for its time."""

    request_id: str
    prompt: Prompt
    message: Message
    built_ns: int


def answered(exchange: Exchange) -> bool:
    """Whether a response came, whatever it says."""
    recording = exchange.recording
    return recording.end in _ANSWERED and bool(recording.arrivals)


class Sender:
    """Made and used inside an event loop.

    :param give_up: ends the run with an error of ours.
    :ivar vitals: what is noted of our own error.
    """

    def __init__(
        self, plan: LoadPlan, transport: Recorder, spool: SpoolWriter, give_up: Callable[[Exception], None]
    ) -> None:
        self._plan, self._transport, self._spool, self._give_up = plan, transport, spool, give_up
        timeout = httpx.Timeout(plan.idle_timeout_s, connect=plan.connect_timeout_s)
        client = client_of(plan.endpoint, transport, timeout)
        self._requests = Requests(client, plan.endpoint, plan.whole_timeout_s)
        self._ids = random.Random()  # noqa: S311  # names, which need only differ; the system's source takes longer
        self._ended: list[Exchange] = []
        self._tasks: list[TaskRecord] = []
        self._open: dict[int, int] = {}
        self._loop = asyncio.get_running_loop()
        self.vitals = Vitals()

    def built(self, prompt: Prompt) -> Ready:
        """The request that asks ``prompt``."""
        plan, request_id = self._plan, f"{self._ids.getrandbits(128):032x}"
        call = call_of(plan.dialect, prompt, plan.endpoint)
        return Ready(request_id, prompt, self._requests.message(call, request_id), monotonic_ns())

    def is_good(self, ready: Ready) -> bool:
        """Whether it may be sent now."""
        return self._requests.is_good(ready.built_ns)

    def make_ready(self, ready: Ready) -> None:
        """See that there is a connection for it."""
        self._transport.make_ready(ready.message)

    def keep_up(self) -> None:
        """Read what has arrived, if nobody has for long."""
        self._transport.keep_up()

    async def send(self, ready: Ready, ticket: Ticket, session_id: str | None, turn: int) -> Exchange:
        """Send it; returns when it has ended. It is spooled however it ends."""
        plan = self._plan
        names = session_id, turn, plan.round, plan.share.nth
        exchange = Exchange(ready.request_id, ticket, Recording(), *names, group=ready.prompt.group)
        self._open[ticket.index] = ticket.begun_ns
        try:
            await self._transport.exchange(ready.message, exchange.recording)
        finally:
            del self._open[ticket.index]
            self._keep(exchange)
        return exchange

    def keep_task(self, task: TaskRecord) -> None:
        """Spool a task, behind its requests."""
        self._tasks.append(task)
        self._loop.call_soon(self._spool_soon)

    def _keep(self, exchange: Exchange) -> None:
        """Spool what has ended, but later: after whatever is to be sent now, such as the user's next request."""
        if not self._ended:
            self._loop.call_soon(self._spool_soon)
        self._ended.append(exchange)

    def _spool_soon(self) -> None:
        try:
            self.spool_ended()
        except StoreError as error:  # an event loop would only log it
            self._give_up(error)

    def spool_ended(self) -> None:
        """Spool what has ended.

        :raises StoreError: when it cannot be written.
        """
        ended, self._ended = self._ended, []
        if ended:  # those that are open lie in the order in which they began
            ended[-1] = replace(ended[-1], settled_ns=next(iter(self._open.values()), monotonic_ns()))
        for exchange in ended:
            self._spool.append(exchange)
            self.vitals.note(exchange)
            self._transport.keep_up()
        while self._tasks:
            self._spool.append_task(self._tasks.pop(0))
