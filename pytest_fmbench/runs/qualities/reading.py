"""From what came back to marks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import asdict
from enum import Enum
from hashlib import sha256
from pathlib import Path

from pytest_fmbench.client.decoding import EMPTY, decode
from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.client.framing import read_response
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.exchange import Exchange
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.base import Item
from pytest_fmbench.quality.task import Task
from pytest_fmbench.store.spool import read_spool


class StoreText(str, Enum):
    """How much of a text is kept (``--fmbench-store-text``)."""

    NONE = "none"
    HASH = "hash"
    FULL = "full"

    def kept(self, text: str) -> str | None:
        """What is kept of ``text``: nothing, its SHA-256, or all."""
        if self is StoreText.NONE:
            return None
        return text if self is StoreText.FULL else sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_back(
    spools: Iterable[Path],
    task: Task,
    dialect: Conversing,
    keep: StoreText,
    note: Callable[[RequestRecord], None],
    *,
    heard: MutableMapping[str, str] | None = None,
) -> dict[str, Answered]:
    """What spools hold, by item. One that was asked again, since it had failed, is as it was the last time.

    :param note: told each record.
    :param heard: gets what was said, by item; None where nobody needs it.
    :raises StoreError: when a spool cannot be read.
    """
    found = dict[str, Answered]()
    for spool in spools:
        for exchange in read_spool(spool):
            record = decode(exchange, dialect)
            note(record)
            item, said = task.items[exchange.ticket.index], answer_in(exchange, record, dialect)
            found[item.name] = answered(item, record, said, task, keep)
            if heard is not None and said.error is None:
                heard[item.name] = _whole(said)
    return found


def answer_in(exchange: Exchange, record: RequestRecord, dialect: Conversing) -> Answer:
    """What was said; with the record's error, unless that is that nothing was said: to say nothing is an answer."""
    said_nothing = record.error is not None and record.error.startswith(EMPTY)
    if record.error is not None and not said_nothing:
        return Answer(error=record.error)
    return dialect.answer(read_response(exchange.recording).body)


def answered(item: Item, record: RequestRecord, said: Answer, task: Task, keep: StoreText) -> Answered:
    """The answer, marked."""
    if said.error is not None:
        return Answered(item.name, error=said.error)
    marks = task.marked(item, said)
    scores: Mapping[str, float] = {name: mark.value for name, mark in marks.by_scorer.items()}
    tokens = record.output_tokens if record.output_tokens is not None else record.counted_output_tokens
    text = keep.kept(_whole(said))
    return Answered(item.name, text, tokens, record.finish_reason, marks.abstained, marks.parsed, None, scores)


def _whole(said: Answer) -> str:
    """Text and tool calls; ids of these differ each time."""
    calls = [{name: value for name, value in asdict(call).items() if name != "call_id"} for call in said.tool_calls]
    return said.text + (f"\n{json.dumps(calls)}" if calls else "")
