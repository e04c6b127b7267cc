"""OpenAI chat completions, streamed (https://platform.openai.com/docs/api-reference/chat-streaming).

Lenient where servers differ: no ``[DONE]``, usage beside a non-empty ``choices``, a role-only chunk before
prefill, ``content: null``, llama.cpp's ``timings`` in the last chunk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from pytest_fmbench.client.dialects.base import Call, Chunk, Reply
from pytest_fmbench.client.sse import Event, EventDecoder
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind

_KINDS = (
    ("content", ChunkKind.CONTENT),
    ("reasoning_content", ChunkKind.REASONING),
    ("reasoning", ChunkKind.REASONING),
    ("tool_calls", ChunkKind.TOOL),
)


class OpenAIChat:
    """``POST /chat/completions`` with ``stream`` and ``include_usage``."""

    name = "openai-chat"

    def call(self, prompt: Prompt, model: str) -> Call:
        """The request that asks ``prompt`` of ``model``."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
            "max_tokens": prompt.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if prompt.ignore_eos:  # only then: some servers refuse fields that they do not know
            body["ignore_eos"] = True
        return Call("/chat/completions", json.dumps(body, ensure_ascii=False).encode())

    def glance(self, raw: bytes) -> int:
        """Content deltas, as servers commonly write them."""
        return raw.count(b'"content":') - raw.count(b'"content":null') - raw.count(b'"content":""')

    def read(self, body: Iterable[tuple[int, bytes]]) -> Reply:
        """The reply in an event stream. A chunk's arrival is that of the read that completed its event."""
        reply, decoder = Reply(), EventDecoder()
        for arrived, data in body:
            found = [chunk for event in decoder.feed(data) for chunk in _take(reply, event, arrived)]
            if found:
                reply.chunks += [replace(chunk, shared=True) for chunk in found[:-1]]
                reply.chunks.append(found[-1])
        return reply


def _take(reply: Reply, event: Event, arrived: int) -> Iterator[Chunk]:
    """Note what ``event`` says and yield the content chunk that it is, if it is one."""
    if event.data == b"[DONE]":
        reply.ended = True
        return
    try:
        said: dict[str, Any] = json.loads(event.data)
        _note_totals(reply, said)
        for choice in said.get("choices") or ():
            _note_finish(reply, choice)
            kind = _kind(choice.get("delta") or {})
            if kind is not None:
                yield Chunk(arrived, 1, kind)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        # whatever JSON a broken server sends, its reply is unreadable and the run goes on
        reply.problem = reply.problem or f"unreadable event {event.data[:200]!r}: {error}"


def _kind(delta: dict[str, Any]) -> ChunkKind | None:
    return next((kind for name, kind in _KINDS if delta.get(name)), None)


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
        reply.server_timings = json.dumps(said["timings"], separators=(",", ":"))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
