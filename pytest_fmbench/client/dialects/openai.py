"""What OpenAI's wire forms have in common: events of JSON, usage, finish reasons, errors.

Lenient where servers differ: no ``[DONE]``, usage beside a non-empty ``choices``, a role-only chunk before
prefill, ``content: null``, llama.cpp's ``timings``.

A chunk may hold several tokens. Servers that keep a running count tell how many: llama.cpp in ``timings`` with
``timings_per_token``, vLLM in ``usage`` with ``stream_options.continuous_usage_stats``. Others get one a chunk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_fmbench.client.dialects.base import Chunk, Reply
from pytest_fmbench.client.sse import Event, EventDecoder
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind

KindOf = Callable[[dict[str, Any]], ChunkKind | None]
"""What a choice of a response holds; None if it is no content."""

_MOST_TOKENS = 2**31
"""A larger count is a mistake, and might not fit where counts are kept."""

_KINDS = (
    ("content", ChunkKind.CONTENT),
    ("reasoning_content", ChunkKind.REASONING),
    ("reasoning", ChunkKind.REASONING),
    ("tool_calls", ChunkKind.TOOL),
)


def kind_of_message(message: dict[str, Any]) -> ChunkKind | None:
    """What a chat message, or a piece of one, holds."""
    return next((kind for name, kind in _KINDS if message.get(name)), None)


def messages_of(prompt: Prompt) -> list[dict[str, str]]:
    """A prompt as chat messages."""
    return [{"role": message.role, "content": message.content} for message in prompt.messages]


def body_of(prompt: Prompt, model: str, fields: Mapping[str, object], /, **asked: object) -> bytes:
    """A request's JSON; ``fields`` win over what is ``asked``."""
    body: dict[str, object] = {"model": model, **asked, "max_tokens": prompt.max_tokens, **fields}
    if prompt.ignore_eos:  # only then: some servers refuse fields that they do not know
        body["ignore_eos"] = True
    return json.dumps(body, ensure_ascii=False).encode()


def read_stream(body: Iterable[tuple[int, bytes]], kind_of: KindOf) -> Reply:
    """The reply in an event stream. A chunk's arrival is that of the read that completed its event."""
    reply, decoder = Reply(), EventDecoder()
    for arrived, data in body:
        found = [chunk for event in decoder.feed(data) for chunk in _take(reply, event, arrived, kind_of)]
        if found:
            reply.chunks += [replace(chunk, shared=True) for chunk in found[:-1]]
            reply.chunks.append(found[-1])
    return reply


def read_whole(body: Iterable[tuple[int, bytes]], kind_of: KindOf) -> Reply:
    """The reply in one JSON document: one chunk, which arrived when the last byte did."""
    reply, pieces = Reply(), list(body)
    data = b"".join(piece for _, piece in pieces)
    chunks = list(_take(reply, Event(data), pieces[-1][0], kind_of)) if pieces else []
    reply.chunks = [replace(chunk, tokens=_tokens_in_chunks(reply)) for chunk in chunks]
    return reply


def _tokens_in_chunks(reply: Reply) -> int:
    """All tokens of a reply but the end token, which servers count when a reply ends by itself."""
    return max(1, (reply.output_tokens or 1) - (reply.finish_reason == "stop"))


def _take(reply: Reply, event: Event, arrived: int, kind_of: KindOf) -> Iterator[Chunk]:
    """Note what ``event`` says and yield the content chunk that it is, if it is one."""
    if event.data == b"[DONE]":
        reply.ended = True
        return
    try:
        said: dict[str, Any] = json.loads(event.data)
        _note_totals(reply, said)
        before, running = reply.running_tokens, _running_count(said)
        if running is not None:
            reply.running_tokens = running
        for choice in said.get("choices") or ():
            _note_finish(reply, choice)
            kind = kind_of(choice)
            if kind is not None:
                reply.running_tokens = running
                yield Chunk(arrived, 1 if running is None or before is None else max(1, running - before), kind)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        # whatever JSON a broken server sends, its reply is unreadable and the run goes on
        reply.problem = reply.problem or f"unreadable event {event.data[:200]!r}: {error}"


def _running_count(said: dict[str, Any]) -> int | None:
    """Output tokens so far, as the server counts them; usage beside no choice is the total, and no running count."""
    counted = _count((said.get("usage") or {}).get("completion_tokens")) if said.get("choices") else None
    return counted if counted is not None else _count((said.get("timings") or {}).get("predicted_n"))


def _note_finish(reply: Reply, choice: dict[str, Any]) -> None:
    reason = choice.get("finish_reason")
    if reason:
        reply.finish_reason, reply.ended = str(reason), True


def _note_totals(reply: Reply, said: dict[str, Any]) -> None:
    if said.get("error"):
        error = said["error"]
        reply.error = str(error.get("message") or error) if isinstance(error, dict) else str(error)
    usage = said.get("usage")
    if usage:
        reply.input_tokens = _count(usage.get("prompt_tokens"))
        reply.output_tokens = _count(usage.get("completion_tokens"))
        reply.cached_tokens = _count((usage.get("prompt_tokens_details") or {}).get("cached_tokens"))
    if said.get("timings"):
        reply.server_timings = said["timings"]


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None
