"""What a load begins where the workload is one of single requests."""

from __future__ import annotations

from pytest_fmbench.load.arrivals import Closed
from pytest_fmbench.model.exchange import Ticket
from pytest_fmbench.model.workload import Prompts
from pytest_fmbench.runs.crew.load_plan import LoadPlan
from pytest_fmbench.runs.crew.sending import Ready, Sender, answered


class Prompting:
    """Draws a prompt for each ticket, ahead of its time where there is any, and sends it."""

    def __init__(self, plan: LoadPlan, workload: Prompts, sender: Sender) -> None:
        self._workload, self._sender, self._seed = workload, sender, plan.seed
        self._closed = isinstance(plan.load, Closed)
        self._ready: dict[int, Ready] = {}

    async def send(self, ticket: Ticket) -> bool:
        """Send the request of ``ticket``; returns whether it was answered."""
        ready = self._ready_one(ticket.index)
        return answered(await self._sender.send(ready, ticket, ready.prompt.session_id, ready.prompt.turn))

    def prepare(self, index: int) -> None:
        """Have a request ready."""
        ready = self._ready[index] = self._build(index)
        if not self._closed:  # else the user who asks has a connection, which is busy now
            self._sender.make_ready(ready)
        self._sender.keep_up()

    def warm(self, index: int) -> None:
        """Have what the first request needs, such as a trace's file."""
        self._build(index)

    def _ready_one(self, index: int) -> Ready:
        """The request that was prepared; a new one where there is none, or its signature is no longer good."""
        ready = self._ready.pop(index, None)
        return self._build(index) if ready is None or not self._sender.is_good(ready) else ready

    def _build(self, index: int) -> Ready:
        return self._sender.built(self._workload.prompt(index, self._seed))
