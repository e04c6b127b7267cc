"""What a load process does: begin what the driver says, and spool what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from contextlib import AbstractContextManager
from dataclasses import asdict, astuple, replace

from pytest_fmbench.client.choosing import transport_for
from pytest_fmbench.load.arrivals import Closed
from pytest_fmbench.load.company import Point, Together
from pytest_fmbench.load.driver import Driver
from pytest_fmbench.load.engine import QUIT, Link
from pytest_fmbench.load.engine import Message as Said
from pytest_fmbench.load.selector import PatientSelector
from pytest_fmbench.model.exchange import Phase, Ticket
from pytest_fmbench.model.measurement import Window
from pytest_fmbench.model.session import Sessions
from pytest_fmbench.runs.crew.load_plan import LoadPlan
from pytest_fmbench.runs.crew.prompting import Prompting
from pytest_fmbench.runs.crew.sending import Sender
from pytest_fmbench.runs.crew.talking import Talking
from pytest_fmbench.store.spool import SpoolWriter

_PROGRESS_S = 0.5
_STILL_S, _SAID_EVERY = 60.0, 20
"""After which a loop that does not go on never will, as a tool or a check of the workload's does not return; and at
which of its reports it says that it does."""


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


class _LoadRun:
    """One run of a worker; made and run inside its event loop, except that it is told things by another thread."""

    def __init__(self, plan: LoadPlan, link: Link, selector: PatientSelector) -> None:
        self._plan, self._link, self._selector = plan, link, selector
        self._spool = SpoolWriter(plan.spool)

    async def run(self) -> None:
        plan, self._loop = self._plan, asyncio.get_running_loop()
        with contextlib.closing(self._spool):
            async with transport_for(plan.endpoint, plan.dialect) as transport:
                self._selector.pause_s = transport.pause_s
                sender = Sender(plan, transport, self._spool, self._give_up)
                try:
                    window = await self._drive(sender)
                finally:
                    sender.spool_ended()  # also of a run that breaks: what has ended is kept
                trips = transport.round_trips()
                certificate = sender.vitals.certificate(
                    self._selector, transport.clock_step_ns, (trips.shortest_ns, trips.median_ns)
                )
        self._link.tell({"event": "end", "window": astuple(window), "certificate": asdict(certificate)})

    async def _drive(self, sender: Sender) -> Window:
        plan = self._plan
        asks = self._asks(sender)
        self._warm(asks)
        part = None if plan.limits.requests is None else plan.share.part(plan.limits.requests)
        self._company = Together(plan.share, self._link.tell, self._tell_begun)
        limits, sessions = replace(plan.limits, requests=part), isinstance(asks, Talking)
        self._driver = Driver(asks.send, limits, self._on_phase, asks.prepare, self._company, sessions=sessions)
        driving = asyncio.ensure_future(self._driver.run(plan.load, plan.seed))
        self._listen(driving)
        reporter = asyncio.create_task(self._report())
        try:
            return await driving
        finally:
            reporter.cancel()

    def _asks(self, sender: Sender) -> Prompting | Talking:
        """What the load begins."""
        plan, workload = self._plan, self._plan.workload
        if isinstance(workload, Sessions):
            return Talking(plan, workload, sender, self._leave)
        return Prompting(plan, workload, sender)

    def _leave(self, scheduled_ns: int) -> AbstractContextManager[Ticket]:
        return self._driver.request(scheduled_ns)

    def _warm(self, asks: Prompting | Talking) -> None:
        """Have what the first request needs, such as a trace's file, before the run begins."""
        asks.warm(self._plan.share.nth)
        if not isinstance(self._plan.load, Closed):
            next(iter(self._plan.load.offsets(self._plan.seed)), None)

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

    def _give_up(self, error: Exception) -> None:
        self._driver.give_up(error)

    def _on_phase(self, phase: Phase) -> None:
        self._selector.metering = phase is not Phase.WARMUP
        self._link.tell({"event": "phase", "phase": phase.value, "begin_ns": self._driver.ledger.window.begin_ns})

    async def _report(self) -> None:
        for nth in itertools.count():
            if nth % _SAID_EVERY == 0:
                self._link.go_on(_STILL_S)
            await asyncio.sleep(_PROGRESS_S)
            self._tell_begun()

    def _tell_begun(self) -> None:
        ledger = self._driver.ledger
        self._link.tell({"event": "begun", "begun": ledger.begun, "in_window": ledger.in_window})
