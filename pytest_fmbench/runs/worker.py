"""What the load process does: draw prompts, send them when the driver says, and spool what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from pytest_fmbench.client import stamps
from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.client.transport import Message, RecordingTransport, trusting
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.load.driver import Driver, Limits
from pytest_fmbench.load.engine import Tell
from pytest_fmbench.load.meter import run_queue_delay_ns
from pytest_fmbench.load.selector import PatientSelector
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.requests import Requests, client_of
from pytest_fmbench.store.spool import SpoolWriter

_PROGRESS_S = 0.5


@dataclass(frozen=True)
class LoadPlan:
    """One run, as the load process needs to know it.

    :param spool: file that finished exchanges are appended to.
    :param seed: of the schedule and of the workload's content.
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
    seed: int = 0
    connect_timeout_s: float = 10.0
    idle_timeout_s: float = 60.0
    whole_timeout_s: float = 600.0


def generate_load(plan: LoadPlan, tell: Tell) -> None:
    """Carry out ``plan``; tells phases and progress, and at the end the window."""
    # The collector, walking a growing heap, is the largest error that a Python load generator makes. What a
    # run makes holds no cycles, so reference counts free it.
    gc.collect()
    gc.freeze()
    gc.disable()
    selector = PatientSelector()
    loop = asyncio.SelectorEventLoop(selector)
    try:
        loop.run_until_complete(_LoadRun(plan, tell, selector).run())
    finally:
        loop.close()


@dataclass(frozen=True)
class _Ready:
    """A request that only waits for its time."""

    request_id: str
    prompt: Prompt
    message: Message


class _LoadRun:
    def __init__(self, plan: LoadPlan, tell: Tell, selector: PatientSelector) -> None:
        self._plan, self._tell, self._selector = plan, tell, selector
        self._ready: dict[int, _Ready] = {}
        self._spool = SpoolWriter(plan.spool)
        self._done = 0
        self._failed = 0
        self._tokens = 0
        self._begun_ns, self._waited_ns = monotonic_ns(), run_queue_delay_ns()

    async def run(self) -> None:
        plan = self._plan
        timeout = httpx.Timeout(plan.idle_timeout_s, connect=plan.connect_timeout_s)
        with contextlib.closing(self._spool):
            async with RecordingTransport(trusting(plan.endpoint.ca_bundle)) as transport:
                self._transport = transport
                self._requests = Requests(
                    client_of(plan.endpoint, transport, timeout), plan.endpoint, plan.whole_timeout_s
                )
                if stamps.available():
                    self._selector.reads_since = transport.receiver.reads_since
                reporter = asyncio.create_task(self._report())
                driver = Driver(self._send, plan.limits, self._on_phase, self._prepare)
                window = await driver.run(plan.load, plan.seed)
                reporter.cancel()
        self._tell({"event": "end", "window": astuple(window), "certificate": asdict(self._certificate())})

    async def _send(self, ticket: Ticket) -> bool:
        ready, recording = self._ready.pop(ticket.index, None) or self._build(ticket.index), Recording()
        try:
            await self._transport.exchange(ready.message, recording)
        finally:
            self._spool.append(
                Exchange(ready.request_id, ticket, recording, ready.prompt.session_id, ready.prompt.turn)
            )
            self._done += 1
        answered = recording.end is End.COMPLETE
        self._failed += not answered
        self._tokens += self._plan.dialect.glance(recording.data)
        return answered

    def _prepare(self, index: int) -> None:
        self._ready[index] = self._build(index)

    def _build(self, index: int) -> _Ready:
        plan, request_id = self._plan, str(uuid4())
        prompt = plan.workload.prompt(index, plan.seed)
        call = plan.dialect.call(prompt, plan.endpoint.model, plan.endpoint.request_fields)
        return _Ready(request_id, prompt, self._requests.message(call, request_id))

    def _certificate(self) -> Certificate:
        waited, lasted = run_queue_delay_ns(), monotonic_ns() - self._begun_ns
        share = None if waited is None or self._waited_ns is None else (waited - self._waited_ns) / lasted
        return Certificate(self._selector.bound_ns(0.99), self._selector.longest_ns, share)

    def _on_phase(self, phase: Phase) -> None:
        self._selector.metering = phase is not Phase.WARMUP
        self._tell({"event": "phase", "phase": phase.value})

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_S)
            self._tell({"event": "progress", "done": self._done, "failed": self._failed, "tokens": self._tokens})
