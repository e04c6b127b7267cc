"""What OpenAI's wire forms have in common: events of JSON, usage, finish reasons, errors.

Lenient where servers differ: no ``[DONE]``, usage beside a non-empty ``choices``, a role-only chunk before
prefill, ``content: null``, llama.cpp's ``timings``.

A chunk may hold several tokens. Servers that keep a running count tell how many: llama.cpp in ``timings`` with
``timings_per_token``, vLLM in ``usage`` with ``stream_options.continuous_usage_stats``. Others get one a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pytest_fmbench.client.dialects.alike import take_alike
from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.openai_json import parsed
from pytest_fmbench.client.sse import Event, EventReader
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import KINDS, ChunkKind

KindOf = Callable[[dict[str, Any]], ChunkKind | None]
"""What a choice of a response holds; None if it is no content."""

_MOST_TOKENS = 2**31
"""A larger count is a mistake, and might not fit where counts are kept."""

_REASON_KEPT = 100
"""Characters of a finish reason; the longest that any server is known to give has 14."""

_ONLY_CHOICES = {"choices"}

_KINDS = (
    ("content", ChunkKind.CONTENT),
    ("reasoning_content", ChunkKind.REASONING),
    ("reasoning", ChunkKind.REASONING),
    ("tool_calls", ChunkKind.TOOL),
)


def kind_of_message(message: dict[str, Any]) -> ChunkKind | None:
    """What a chat message, or a piece of one, holds."""
    for name, kind in _KINDS:
        if message.get(name):
            return kind
    return None


def messages_of(prompt: Prompt) -> list[dict[str, object]]:
    """A prompt as chat messages.

    :raises UsageError: when it is in a chat template already.
    """
    if prompt.templated:
        raise UsageError(
            "prompts with a chat_template are whole texts, and a server would put its own around them: ask them with "
            'the dialect openai-completions, as in Deployment(..., options={"dialect": "openai-completions"})'
        )
    return [{"role": message.role, "content": _content(message)} for message in prompt.messages]


def _content(message: Message) -> object:
    """Text, or parts where there are images."""
    if not message.images:
        return message.content
    shown = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return [{"type": "text", "text": message.content}, *shown]


def body_of(prompt: Prompt, model: str, fields: Mapping[str, object], /, **asked: object) -> bytes:
    """A request's JSON; ``fields`` win over what is ``asked``."""
    body: dict[str, object] = {"model": model, **asked, "max_tokens": prompt.max_tokens, **fields}
    if prompt.ignore_eos:  # only then: some servers refuse fields that they do not know
        body["ignore_eos"] = True
    return msgspec.json.encode(body)


def read_stream(body: Body, kind_of: KindOf) -> Reply:
    """The reply in an event stream."""
    reply, events = Reply(), EventReader(body.data)
    for event in events:
        said = _take(reply, event, kind_of)
        if said is not None and _is_plain(said):
            reply.chunks.add_alike(take_alike(events), KINDS[reply.chunks.kinds[-1]])
    return reply


def read_whole(body: Body, kind_of: KindOf) -> Reply:
    """The reply in one JSON document: one chunk, which the last byte completed."""
    reply = Reply()
    if body.data:
        _take(reply, Event(body.data, len(body.data)), kind_of)
    for nth in range(len(reply.chunks)):
        reply.chunks.tokens[nth] = _tokens_in_chunks(reply)
    return reply


def _tokens_in_chunks(reply: Reply) -> int:
    """All tokens of a reply but the end token, which servers count when a reply ends by itself."""
    return max(1, (reply.output_tokens or 1) - (reply.finish_reason == "stop"))


def _take(reply: Reply, event: Event, kind_of: KindOf) -> dict[str, Any] | None:
    """Note what ``event`` says, and the content chunk that it is if it is one. Returns it if that was one."""
    if event.data == b"[DONE]":
        reply.ended = True
        return None
    try:
        said = parsed(event.data)
        if said.keys() != _ONLY_CHOICES:
            _note_totals(reply, said)
        return said if _note_choices(reply, said, event.end, kind_of) == 1 else None
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        # whatever JSON a broken server sends, its reply is unreadable and the run goes on
        reply.problem = reply.problem or f"unreadable event {event.data[:200]!r}: {error}"
        return None


def _note_choices(reply: Reply, said: dict[str, Any], end: int, kind_of: KindOf) -> int:
    """Note what the choices say; returns how many hold content."""
    chunks, before = 0, reply.running_tokens
    running = None if said.keys() == _ONLY_CHOICES else _running_count(said)
    if running is not None:
        reply.running_tokens = running
    for choice in said.get("choices") or ():
        if choice.get("finish_reason"):
            reply.finish_reason, reply.ended = str(choice["finish_reason"])[:_REASON_KEPT], True
        kind = kind_of(choice)
        if kind is not None:
            chunks += 1
            reply.running_tokens = running
            reply.chunks.add(end, 1 if running is None or before is None else max(1, running - before), kind)
    return chunks


def _is_plain(said: dict[str, Any]) -> bool:
    """It says nothing but its content."""
    if said.get("usage") or said.get("timings") or said.get("error"):
        return False
    return len(said["choices"]) == 1 and not said["choices"][0].get("finish_reason")


def _running_count(said: dict[str, Any]) -> int | None:
    """Output tokens so far, as the server counts them; usage beside no choice is the total, and no running count."""
    usage, timings = said.get("usage"), said.get("timings")
    counted = _count(usage.get("completion_tokens")) if usage and said.get("choices") else None
    return _count(timings.get("predicted_n")) if counted is None and timings else counted


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
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None  # a bool is none
