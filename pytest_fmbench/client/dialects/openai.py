"""What OpenAI's wire forms have in common: events of JSON, usage, finish reasons, errors.

A reply has ended once its finish reason has come. Lenient where servers differ: no ``[DONE]``, usage beside a non-empty
``choices``, a role-only chunk before prefill, ``content: null``, llama.cpp's ``timings``.

A chunk may hold several tokens. Servers that keep a running count tell how many: llama.cpp in ``timings`` with
``timings_per_token``, vLLM in ``usage`` with ``stream_options.continuous_usage_stats``. Others get one a chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hearing import Heard
from pytest_fmbench.client.dialects.noting import count, note_error, note_finish, tokens_in_one
from pytest_fmbench.client.dialects.openai_json import parsed
from pytest_fmbench.client.dialects.prompts import encoded, messages_of
from pytest_fmbench.client.dialects.reading import Take, read_document, read_events
from pytest_fmbench.model.prompt import Message, Prompt, Tool
from pytest_fmbench.model.record import ChunkKind

KindOf = Callable[[dict[str, Any]], ChunkKind | None]
"""What a choice of a response holds; None if it is no content."""

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


def chat_messages(prompt: Prompt) -> list[dict[str, object]]:
    """A prompt as chat messages.

    :raises UsageError: when it is in a chat template already.
    """
    return [_message(message) for message in messages_of(prompt)]


def offered(prompt: Prompt) -> dict[str, object]:
    """The field that offers a prompt's tools; none where there are none."""
    return {"tools": [_function(tool) for tool in prompt.tools]} if prompt.tools else {}


def _function(tool: Tool) -> dict[str, object]:
    told = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": told}


def hear_choices(heard: Heard, said: dict[str, Any]) -> None:
    """What the first choice of a response says, or of an event; nobody asks for others."""
    for choice in said.get("choices") or ():
        if not choice.get("index"):
            heard.finish(choice.get("finish_reason"))
            heard.say(choice.get("text"))
            if choice.get("message"):
                _hear_message(heard, choice["message"])
            elif choice.get("delta"):
                _hear_delta(heard, choice["delta"])


def _hear_message(heard: Heard, message: dict[str, Any]) -> None:
    _hear_texts(heard, message)
    for call in message.get("tool_calls") or ():
        wanted = call.get("function") or {}
        heard.begin_call(call.get("id"), wanted.get("name"), wanted.get("arguments"))


def _hear_delta(heard: Heard, delta: dict[str, Any]) -> None:
    _hear_texts(heard, delta)
    for piece in delta.get("tool_calls") or ():
        wanted = piece.get("function") or {}
        heard.piece_of_call(piece.get("index"), piece.get("id"), wanted.get("name"), wanted.get("arguments"))


def _hear_texts(heard: Heard, held: dict[str, Any]) -> None:
    heard.say(held.get("content"))
    heard.think(held.get("reasoning_content") or held.get("reasoning"))


def _message(message: Message) -> dict[str, object]:
    if message.answers is not None:
        return {"role": message.role, "tool_call_id": message.answers, "content": message.content}
    if not message.tool_calls:
        return {"role": message.role, "content": _content(message)}
    wanted = [
        {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in message.tool_calls
    ]
    return {"role": message.role, "content": message.content or None, "tool_calls": wanted}


def _content(message: Message) -> object:
    """Text, or parts where there are images."""
    if not message.images:
        return message.content
    shown = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
    return [{"type": "text", "text": message.content}, *shown]


def body_of(prompt: Prompt, model: str, fields: Mapping[str, object], /, **asked: object) -> bytes:
    """A request's JSON; ``fields`` win over what is ``asked``."""
    # only then: some servers refuse fields that they do not know
    on = {"ignore_eos": True} if prompt.ignore_eos else {}
    body = {"model": model, **asked, "max_tokens": prompt.max_tokens, **offered(prompt)}
    return encoded(body, {**fields, **on})


def read_stream(body: Body, kind_of: KindOf) -> Reply:
    """The reply in an event stream."""
    return read_events(body, take_of(kind_of))


def read_whole(body: Body, kind_of: KindOf) -> Reply:
    """The reply in one JSON document: one chunk, which the last byte completed."""
    reply = read_document(body, take_of(kind_of))
    for nth in range(len(reply.chunks)):
        reply.chunks.tokens[nth] = tokens_in_one(reply)
    return reply


def take_of(kind_of: KindOf) -> Take:
    """What notes a piece of a reply whose choices ``kind_of`` understands."""

    def take(reply: Reply, event: bytes, end: int) -> bool:
        if event == b"[DONE]":  # which llama-cpp-python writes at the end of streams too that it cuts off
            return False
        said = parsed(event)
        if said.keys() != _ONLY_CHOICES:
            _note_totals(reply, said)
        return _note_choices(reply, said, end, kind_of) == 1 and _is_plain(said)

    return take


def _note_choices(reply: Reply, said: dict[str, Any], end: int, kind_of: KindOf) -> int:
    """Note what the choices say; returns how many hold content."""
    chunks, before = 0, reply.running_tokens
    running = None if said.keys() == _ONLY_CHOICES else _running_count(said)
    if running is not None:
        reply.running_tokens = running
    for choice in said.get("choices") or ():
        if choice.get("finish_reason"):
            note_finish(reply, choice["finish_reason"])
            reply.end_token = reply.finish_reason == "stop"
        kind = kind_of(choice)
        if kind is not None:
            chunks, reply.running_tokens = chunks + 1, running
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
    counted = count(usage.get("completion_tokens")) if usage and said.get("choices") else None
    return count(timings.get("predicted_n")) if counted is None and timings else counted


def _note_totals(reply: Reply, said: dict[str, Any]) -> None:
    note_error(reply, said.get("error"))
    usage = said.get("usage")
    if usage:
        reply.input_tokens = count(usage.get("prompt_tokens"))
        reply.output_tokens = count(usage.get("completion_tokens"))
        reply.cached_tokens = count((usage.get("prompt_tokens_details") or {}).get("cached_tokens"))
        reply.reasoning_tokens = count((usage.get("completion_tokens_details") or {}).get("reasoning_tokens"))
    if said.get("timings"):
        reply.server_timings = said["timings"]
