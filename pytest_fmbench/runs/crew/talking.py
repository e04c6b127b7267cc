"""What a load begins where the workload is one of sessions: each is carried out, and what became of it is spooled.

A request of a session is sent when the session asks it, and its reply is decoded here, in the loop, since the session
goes on by it. That takes the loop's time, which the certificate bounds; stamps of the kernel's are not moved by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from pytest_fmbench.client.decoding import decode_answer
from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.exchange import Ticket
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import RequestRecord, Status
from pytest_fmbench.model.session import Answer, Outcome, Session, Sessions, TaskEnd
from pytest_fmbench.model.task import THINKING, TaskRecord
from pytest_fmbench.runs.crew.load_plan import LoadPlan
from pytest_fmbench.runs.crew.sending import Sender, answered

Leave = Callable[[int], AbstractContextManager[Ticket]]
"""Leave to send a request that was scheduled for a time, in ns; it has ended when the block has."""


class Talking:
    """Carries out a session for each ticket.

    :param leave: the driver's.
    :raises UsageError: where the dialect cannot tell what was said.
    """

    def __init__(self, plan: LoadPlan, workload: Sessions, sender: Sender, leave: Leave) -> None:
        if not isinstance(plan.dialect, Conversing):
            raise UsageError(
                f"the dialect {plan.dialect.name} does not tell what was said, so no session can go on by it"
            )
        self._plan, self._workload, self._dialect = plan, workload, plan.dialect
        self._sender, self._leave = sender, leave
        self._ready: dict[int, Session] = {}

    async def send(self, ticket: Ticket) -> bool:
        """Carry out the session of ``ticket``; returns whether any request of it was answered."""
        ready = self._ready.pop(ticket.index, None)
        session = self._session(ticket.index) if ready is None else ready
        name = f"{self._plan.round}.{ticket.index}"
        talk = Conversation(name, ticket.scheduled_ns, self._dialect, self._sender, self._leave)
        try:
            outcome = await session.carry_out(talk)
        except asyncio.CancelledError:
            self._sender.keep_task(self._record(ticket, talk, Outcome(TaskEnd.CENSORED), None))
            raise
        self._sender.keep_task(self._record(ticket, talk, outcome, monotonic_ns()))
        return talk.sums.answered > 0

    def prepare(self, index: int) -> None:
        """Have a session ready."""
        self._ready[index] = self._session(index)
        self._sender.keep_up()

    def warm(self, index: int) -> None:
        """Have what the first session needs."""
        self._session(index)

    def _session(self, index: int) -> Session:
        return self._workload.session(index, self._plan.seed)

    def _record(self, ticket: Ticket, talk: Conversation, outcome: Outcome, done_ns: int | None) -> TaskRecord:
        sums, spans = talk.sums, sorted(talk.spans, key=lambda span: span.begin_ns)
        return TaskRecord(
            session_id=talk.name,
            phase=ticket.phase.value,
            round=self._plan.round,
            worker=self._plan.share.nth,
            scheduled_ns=ticket.scheduled_ns,
            begun_ns=ticket.begun_ns,
            done_ns=done_ns,
            requests=sums.requests,
            failed_requests=sums.failed,
            input_tokens=sums.input_tokens,
            output_tokens=sums.output_tokens,
            cached_tokens=sums.cached_tokens,
            tool_calls=outcome.tool_calls,
            valid_tool_calls=outcome.valid_tool_calls,
            think_ns=sum(span.length_ns for span in spans if span.name == THINKING),
            tool_ns=sum(span.length_ns for span in spans if span.name != THINKING),
            success=outcome.success,
            end=outcome.end.value,
            error=sums.error,
            span_name=[span.name for span in spans],
            span_begin_ns=[span.begin_ns for span in spans],
            span_end_ns=[span.end_ns for span in spans],
            span_error=[span.error for span in spans],
        )


@dataclass(frozen=True)
class Span:
    """Time in which a session asked nothing: a tool worked, or a person thought."""

    name: str
    begin_ns: int
    end_ns: int
    error: str | None

    @property
    def length_ns(self) -> int:
        """Its length."""
        return self.end_ns - self.begin_ns


@dataclass
class Sums:
    """Of the requests of a session.

    :ivar requests: that have begun.
    :ivar answered: to which a response came, whatever it says.
    """

    requests: int = 0
    answered: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    error: str | None = None

    def add(self, record: RequestRecord) -> None:
        """A request has ended."""
        self.input_tokens += record.input_tokens or 0
        self.output_tokens += record.counted_output_tokens if record.output_tokens is None else record.output_tokens
        self.cached_tokens += record.cached_tokens or 0
        if record.status == Status.FAILED.value:
            self.failed += 1
            self.error = record.error


@dataclass
class Conversation:
    """What a session may do; see :class:`~pytest_fmbench.model.session.Talk`.

    :param name: its session's id.
    :param scheduled_ns: of its first request; a later one is meant to begin when it is asked.
    :ivar spans: in order of their end.
    """

    name: str
    scheduled_ns: int
    _dialect: Conversing
    _sender: Sender
    _leave: Leave
    sums: Sums = field(default_factory=Sums)
    spans: list[Span] = field(default_factory=list)

    async def ask(self, prompt: Prompt) -> Answer:
        """Send a request now; its answer is decoded, with the record's ``error``."""
        turn, asked_ns = self.sums.requests, monotonic_ns()
        self.sums.requests += 1
        ready = self._sender.built(prompt)
        with self._leave(asked_ns if turn else self.scheduled_ns) as ticket:
            exchange = await self._sender.send(ready, ticket, self.name, turn)
        self.sums.answered += answered(exchange)
        record, answer = decode_answer(exchange, self._dialect)
        self.sums.add(record)
        return answer

    async def think(self, seconds: float) -> None:
        """Let a person read and type."""
        await self._spend(THINKING, seconds, None)

    async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
        """Let a tool work."""
        await self._spend(tool, seconds, error)

    async def _spend(self, name: str, seconds: float, error: str | None) -> None:
        begin_ns = monotonic_ns()
        try:
            await asyncio.sleep(seconds)
        finally:  # also where the run ends first: it has taken so long
            self.spans.append(Span(name, begin_ns, monotonic_ns(), error))
