"""What the load process does: draw prompts, send them when the driver says, and spool what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from pytest_fmbench.client.dialects.base import Dialect
from pytest_fmbench.client.transport import RecordingTransport, trusting
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.load.driver import Driver, Limits
from pytest_fmbench.load.engine import Tell
from pytest_fmbench.load.meter import MeteredSelector, run_queue_delay_ns
from pytest_fmbench.model.certificate import Certificate
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.workload import Workload
from pytest_fmbench.runs.requests import build_request, client_of
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
    selector = MeteredSelector()
    loop = asyncio.SelectorEventLoop(selector)
    try:
        loop.run_until_complete(_LoadRun(plan, tell, selector).run())
    finally:
        loop.close()


class _LoadRun:
    def __init__(self, plan: LoadPlan, tell: Tell, meter: MeteredSelector) -> None:
        self._plan, self._tell, self._meter = plan, tell, meter
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
                self._client = client_of(plan.endpoint, transport, timeout)
                reporter = asyncio.create_task(self._report())
                driver = Driver(self._send, plan.limits, self._on_phase)
                window = await driver.run(plan.load, plan.seed)
                reporter.cancel()
        self._tell({"event": "end", "window": astuple(window), "certificate": asdict(self._certificate())})

    async def _send(self, ticket: Ticket) -> bool:
        plan, recording, request_id = self._plan, Recording(), str(uuid4())
        prompt = plan.workload.prompt(ticket.index, plan.seed)
        call = plan.dialect.call(prompt, plan.endpoint.model, plan.endpoint.request_fields)
        request = build_request(self._client, plan.endpoint, call, request_id)
        request.extensions["whole_timeout"] = plan.whole_timeout_s
        try:
            await self._transport.record(request, recording)
        finally:
            self._spool.append(Exchange(request_id, ticket, recording, prompt.session_id, prompt.turn))
            self._done += 1
        answered = recording.end is End.COMPLETE
        self._failed += not answered
        self._tokens += plan.dialect.glance(recording.data)
        return answered

    def _certificate(self) -> Certificate:
        waited, lasted = run_queue_delay_ns(), monotonic_ns() - self._begun_ns
        share = None if waited is None or self._waited_ns is None else (waited - self._waited_ns) / lasted
        return Certificate(self._meter.bound_ns(0.99), self._meter.longest_ns, share)

    def _on_phase(self, phase: Phase) -> None:
        self._meter.metering = phase is not Phase.WARMUP
        self._tell({"event": "phase", "phase": phase.value})

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_S)
            self._tell({"event": "progress", "done": self._done, "failed": self._failed, "tokens": self._tokens})
