"""Who answers lm-evaluation-harness: our client, which asks a deployment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.client.framing import read_response
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.session import Answer
from pytest_fmbench.runs.harness.requests import (
    Likelihood,
    Request,
    count_of,
    cut,
    echo_of,
    likelihood_in,
    question_of,
    stops_of,
)
from pytest_fmbench.runs.qualities.given import NOTHING, Spent
from pytest_fmbench.runs.qualities.inquiry import Inquiry
from pytest_fmbench.runs.qualities.reading import answer_in
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.store.spool import read_spool

_TRIED = Request("a trial", "The capital of Norway is", " Oslo")
_NO_LIKELIHOODS = (
    "does not tell how likely a given text is, which the task needs: that takes completions with echo and logprobs, as "
    "vLLM has, and llama-cpp-python with --logits_all true. Ask for a task that lets the model write its answer"
)


@dataclass(frozen=True)
class Reply:
    """What came back to one request of an item; ``text`` is its continuation where a likelihood was wanted."""

    text: str
    log: float = 0.0
    tokens: int = 0
    finish_reason: str | None = None
    error: str | None = None


@dataclass
class Respondent:
    """Answers what lm-evaluation-harness asks: what spools hold already, and the rest by asking.

    :param done: items that were answered in an earlier attempt; they get answers that nobody reads.
    :param fields: of each request's JSON where the model writes; they win over what a task says.
    :ivar replies: to each item, in the order of its requests.
    """

    inquiry: Inquiry
    dialect: Conversing
    concurrency: int
    chat: bool
    done: frozenset[str]
    fields: Mapping[str, object]
    replies: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    records: list[RequestRecord] = field(default_factory=list)
    spent: Spent = NOTHING
    _heard: dict[int, tuple[RequestRecord, Answer, bytes]] = field(default_factory=dict)
    _numbered: int = 0

    def __post_init__(self) -> None:
        self._read(self.inquiry.before())

    def generated(self, requests: Sequence[Request]) -> list[str]:
        """See :class:`~pytest_fmbench.runs.harness.requests.Model`."""
        prompts = [question_of(one, self.dialect.name, self.fields, chat=self.chat) for one in requests]
        first = self._ask(prompts, [one.doc in self.done for one in requests])
        return [reply.text for reply in self._noted(requests, first, self._written)]

    def likelihoods(self, requests: Sequence[Request]) -> list[Likelihood]:
        """See :class:`~pytest_fmbench.runs.harness.requests.Model`.

        :raises UsageError: where the server does not tell likelihoods.
        """
        if any(one.doc not in self.done for one in requests):
            self._see_that_it_tells(requests)
        contexts = {one.parts[0]: None for one in requests}
        needed = {one.parts[0] for one in requests if one.doc not in self.done}
        counted = self._ask([count_of(one) for one in contexts], [one not in needed for one in contexts])
        places = {one: counted + nth for nth, one in enumerate(contexts)}
        first = self._ask([echo_of(one) for one in requests], [one.doc in self.done for one in requests])
        greedy = list[bool]()

        def weighed(request: Request, place: int) -> Reply:
            reply, likeliest = self._weighed(request, place, places[request.parts[0]])
            greedy.append(likeliest)
            return reply

        replies = [*self._noted(requests, first, weighed, lambda: greedy.append(False))]
        return [(reply.log, likeliest) for reply, likeliest in zip(replies, greedy, strict=True)]

    def _noted(
        self,
        requests: Sequence[Request],
        first: int,
        reply_to: Callable[[Request, int], Reply],
        skipped: Callable[[], None] = lambda: None,
    ) -> Iterator[Reply]:
        for nth, request in enumerate(requests):
            if request.doc in self.done:
                skipped()
                yield Reply("")
            else:
                self.replies[request.doc].append(reply_to(request, first + nth))
                yield self.replies[request.doc][-1]

    def _written(self, request: Request, place: int) -> Reply:
        record, said, _ = self._heard[place]
        tokens = record.output_tokens if record.output_tokens is not None else record.counted_output_tokens
        return Reply(cut(said.text, stops_of(request)), 0.0, tokens or 0, record.finish_reason, said.error)

    def _weighed(self, request: Request, place: int, counted: int) -> tuple[Reply, bool]:
        record, said, body = self._heard[place]
        context, continuation = self._heard[counted][0], request.continuation or ""
        error = said.error or (None if context.input_tokens is not None else context.error or "protocol: no usage")
        if error is None:
            try:
                log, greedy = likelihood_in(body, context.input_tokens or 0)
                return Reply(continuation, log, 0, record.finish_reason), greedy
            except ValueError as unreadable:
                error = f"protocol: {unreadable}"
        return Reply(continuation, error=error), False

    def _see_that_it_tells(self, requests: Sequence[Request]) -> None:
        if self.chat:
            raise UsageError(f"{requests[0].doc} wants likelihoods, which are of plain text: leave chat=True out")
        empty = next((one for one in requests if not one.parts[0]), None)
        if empty is not None:
            raise UsageError(f"{empty.doc} wants the likelihood of a text without a context, which no endpoint tells")
        asking = Asking(self.inquiry.endpoint, self.dialect)
        count, exchange = asking.ask(count_of(_TRIED.parts[0])), asking.exchange(echo_of(_TRIED))
        why = decode(exchange, self.dialect).error
        if count.input_tokens is None:
            why = count.error or "it gives no usage"
        else:
            try:
                likelihood_in(read_response(exchange.recording).body.data, count.input_tokens)
            except ValueError as error:
                why = why or str(error)
        if why:
            raise UsageError(f"{self.inquiry.endpoint.base_url} {_NO_LIKELIHOODS} ({why})")

    def _ask(self, prompts: Sequence[Prompt], spared: Sequence[bool]) -> int:
        """Ask those that are not ``spared`` and not heard yet; the place of the first, which the others follow."""
        first = self._numbered
        self._numbered += len(prompts)
        each = enumerate(zip(prompts, spared, strict=True), first)
        left = [(place, prompt) for place, (prompt, spare) in each if not spare and not self._is_heard(place)]
        if left:
            self.spent += self.inquiry.ask(left, self.concurrency, lambda spool: self._read([spool]))
        return first

    def _is_heard(self, place: int) -> bool:
        return place in self._heard and self._heard[place][1].error is None

    def _read(self, spools: Iterable[Path]) -> list[RequestRecord]:
        found = list[RequestRecord]()
        for exchange in (one for spool in spools for one in read_spool(spool)):
            record = decode(exchange, self.dialect)
            body = read_response(exchange.recording).body.data
            self._heard[exchange.ticket.index] = record, answer_in(exchange, record, self.dialect), body
            found.append(record)
        self.records += found
        return found
