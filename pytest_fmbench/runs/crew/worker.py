"""What a load process does: draw prompts, send them when the driver says, and spool what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path

import httpx

from pytest_fmbench.client.choosing import transport_for
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.client.message import Message
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import StoreError
from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.load.company import Point, Together
from pytest_fmbench.load.driver import Driver, Limits
from pytest_fmbench.load.engine import QUIT, Link
from pytest_fmbench.load.engine import Message as Said
from pytest_fmbench.load.selector import PatientSelector
from pytest_fmbench.load.share import Share
from pytest_fmbench.load.vitals import Vitals
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.crew.requests import Requests, client_of
from pytest_fmbench.store.spool import SpoolWriter

_PROGRESS_S = 0.5
_ANSWERED = (End.COMPLETE, End.CLOSED)
"""A reply without length ends with the connection."""


@dataclass(frozen=True)
class LoadPlan:
    """One run, as a load process needs to know it.

    :param limits: of the whole run.
    :param spool: file that finished exchanges are appended to.
    :param share: which part of the load is this worker's.
    :param seed: of the schedule and of the workload's content.
    :param round: number of the round that it is, from 0.
    :param connect_timeout_s: longest wait for a connection, in seconds.
    :param idle_timeout_s: longest silence of a response, before its first byte too, in seconds.
    :param whole_timeout_s: longest that a whole response may take, in seconds.
    """

    endpoint: Endpoint
    dialect: Dialect
    workload: Workload
    load: Load
    limits: Limits
    spool: Path
    share: Share = field(default_factory=Share)
    seed: int = 0
    round: int = 0
    connect_timeout_s: float = 10.0
    idle_timeout_s: float = 60.0
    whole_timeout_s: float = 600.0


def generate_load(plan: LoadPlan, link: Link) -> None:
    """Carry out ``plan``; tells phases and how much has begun, and at the end the window.

    Is told ``go`` where workers have met, and ``stop`` to end the window.
    """
    selector = PatientSelector()
    loop = asyncio.SelectorEventLoop(selector)
    try:
        loop.run_until_complete(_LoadRun(plan, link, selector).run())
    finally:
        loop.close()


@dataclass(frozen=True)
class _Ready:
    """A request that only waits for its time."""

    request_id: str
    prompt: Prompt
    message: Message


class _LoadRun:
    """One run of a worker; made and run inside its event loop, except that it is told things by another thread."""

    def __init__(self, plan: LoadPlan, link: Link, selector: PatientSelector) -> None:
        self._plan, self._link, self._selector = plan, link, selector
        self._ids = random.Random()  # noqa: S311  # names, which need only differ; the system's source takes longer
        self._ready: dict[int, _Ready] = {}
        self._ended: list[Exchange] = []
        self._open: dict[int, int] = {}
        self._spool = SpoolWriter(plan.spool)
        self._vitals = Vitals()

    async def run(self) -> None:
        plan, self._loop = self._plan, asyncio.get_running_loop()
        timeout = httpx.Timeout(plan.idle_timeout_s, connect=plan.connect_timeout_s)
        with contextlib.closing(self._spool):
            async with transport_for(plan.endpoint) as transport:
                self._transport = transport
                self._selector.pause_s = transport.pause_s
                self._requests = Requests(
                    client_of(plan.endpoint, transport, timeout), plan.endpoint, plan.whole_timeout_s
                )
                try:
                    window = await self._drive()
                finally:
                    self._spool_ended()  # also of a run that breaks: what has ended is kept
                trips = transport.round_trips()
                certificate = self._vitals.certificate(
                    self._selector, transport.clock_step_ns, (trips.shortest_ns, trips.median_ns)
                )
        self._link.tell({"event": "end", "window": astuple(window), "certificate": asdict(certificate)})

    def _warm(self) -> None:
        """Have what the first request needs, such as a trace's file, before the run begins."""
        self._build(self._plan.share.nth)
        if not isinstance(self._plan.load, Closed):
            next(iter(self._plan.load.offsets(self._plan.seed)), None)

    async def _drive(self) -> Window:
        plan = self._plan
        self._warm()
        part = None if plan.limits.requests is None else plan.share.part(plan.limits.requests)
        self._company = Together(plan.share, self._link.tell, self._tell_begun)
        limits = replace(plan.limits, requests=part)
        self._driver = Driver(self._send, limits, self._on_phase, self._prepare, self._company)
        driving = asyncio.ensure_future(self._driver.run(plan.load, plan.seed))
        self._listen(driving)
        reporter = asyncio.create_task(self._report())
        try:
            return await driving
        finally:
            reporter.cancel()

    def _listen(self, driving: asyncio.Future[Window]) -> None:
        def hear(message: Said) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: all is done, and nothing is left to say
                self._loop.call_soon_threadsafe(self._obey, message, driving)

        self._link.listen(hear)

    def _obey(self, message: Said, driving: asyncio.Future[Window]) -> None:
        if message["event"] == "go":
            self._company.go(Point(message["point"]), message["at_ns"])
        elif message["event"] == "stop":
            self._driver.stop()
        elif message["event"] == QUIT:
            driving.cancel()

    async def _send(self, ticket: Ticket) -> bool:
        ready, recording = self._ready.pop(ticket.index, None) or self._build(ticket.index), Recording()
        prompt, plan = ready.prompt, self._plan
        names = prompt.session_id, prompt.turn, plan.round, plan.share.nth
        exchange = Exchange(ready.request_id, ticket, recording, *names)
        self._open[ticket.index] = ticket.begun_ns
        try:
            await self._transport.exchange(ready.message, recording)
        finally:
            del self._open[ticket.index]
            self._keep(exchange)
        return recording.end in _ANSWERED and bool(recording.arrivals)

    def _keep(self, exchange: Exchange) -> None:
        """Spool what has ended, but later: after whatever is to be sent now, such as the user's next request."""
        if not self._ended:
            self._loop.call_soon(self._spool_soon)
        self._ended.append(exchange)

    def _spool_soon(self) -> None:
        try:
            self._spool_ended()
        except StoreError as error:  # an event loop would only log it
            self._driver.give_up(error)

    def _spool_ended(self) -> None:
        ended, self._ended = self._ended, []
        if ended:  # those that are open lie in the order in which they began
            ended[-1] = replace(ended[-1], settled_ns=next(iter(self._open.values()), monotonic_ns()))
        for exchange in ended:
            self._spool.append(exchange)
            self._vitals.note(exchange)
            self._transport.keep_up()

    def _prepare(self, index: int) -> None:
        ready = self._ready[index] = self._build(index)
        if not isinstance(self._plan.load, Closed):  # else the user who asks has a connection, which is busy now
            self._transport.make_ready(ready.message)
        self._transport.keep_up()

    def _build(self, index: int) -> _Ready:
        plan, request_id = self._plan, f"{self._ids.getrandbits(128):032x}"
        prompt = plan.workload.prompt(index, plan.seed)
        call = plan.dialect.call(prompt, plan.endpoint.model, plan.endpoint.request_fields)
        return _Ready(request_id, prompt, self._requests.message(call, request_id))

    def _on_phase(self, phase: Phase) -> None:
        self._selector.metering = phase is not Phase.WARMUP
        self._link.tell({"event": "phase", "phase": phase.value, "begin_ns": self._driver.ledger.window.begin_ns})

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_S)
            self._tell_begun()

    def _tell_begun(self) -> None:
        ledger = self._driver.ledger
        self._link.tell({"event": "begun", "begun": ledger.begun, "in_window": ledger.in_window})
