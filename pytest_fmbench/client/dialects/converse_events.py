"""The events of Bedrock's Converse, which Amazon's own models write where they are invoked without it, too.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html;
https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html: ``inputTokens`` are those that no cache was
read or written for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.hearing import Hear, Heard
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_finish, total
from pytest_fmbench.model.record import ChunkKind

Note = Callable[[Reply, dict[str, Any], int], None]
"""Notes what an event says, which so many bytes of the body complete."""

_READ = ("cacheReadInputTokens", "cacheReadInputTokenCount")
_WRITTEN = ("cacheWriteInputTokens", "cacheWriteInputTokenCount")
"""As Converse spells it, and as Nova does."""


def note_start(reply: Reply, said: dict[str, Any], end: int) -> None:
    """Note the begin of a block, which names a tool that is called."""
    tool = (said.get("start") or {}).get("toolUse")
    if tool and tool.get("name"):
        note_chunk(reply, end, ChunkKind.TOOL)


def note_delta(reply: Reply, said: dict[str, Any], end: int) -> None:
    """Note text, reasoning or arguments; a signature, and reasoning that is kept from us, are none of them."""
    kind = _kind(said.get("delta") or {})
    if kind:
        note_chunk(reply, end, kind)


def note_stop(reply: Reply, said: dict[str, Any], end: int) -> None:  # noqa: ARG001  # a Note's
    """Note why it ended."""
    note_finish(reply, said.get("stopReason"))
    reply.end_token = reply.finish_reason == "end_turn"


def note_totals(reply: Reply, said: dict[str, Any], end: int) -> None:  # noqa: ARG001  # likewise
    """Note counts and the server's own time."""
    usage, timings = said.get("usage") or {}, dict(said.get("metrics") or {})
    reply.input_tokens = total(usage, "inputTokens", *_READ, *_WRITTEN)
    reply.output_tokens = count(usage.get("outputTokens"))
    reply.cached_tokens = total(usage, *_READ)
    written = total(usage, *_WRITTEN)
    if written:
        timings["cacheWriteInputTokens"] = written
    reply.server_timings = timings or reply.server_timings


def _kind(delta: dict[str, Any]) -> ChunkKind | None:
    if delta.get("text"):
        return ChunkKind.CONTENT
    if (delta.get("reasoningContent") or {}).get("text"):
        return ChunkKind.REASONING
    return ChunkKind.TOOL if (delta.get("toolUse") or {}).get("input") else None


NOTES: Mapping[str, Note] = {
    "contentBlockStart": note_start,
    "contentBlockDelta": note_delta,
    "messageStop": note_stop,
    "metadata": note_totals,
}
"""By the name of the event."""


def _hear_start(heard: Heard, said: dict[str, Any]) -> None:
    call = (said.get("start") or {}).get("toolUse")
    if call:
        heard.begin_call(call.get("toolUseId"), call.get("name"))


def _hear_delta(heard: Heard, said: dict[str, Any]) -> None:
    delta = said["delta"]
    heard.say(delta.get("text"))
    heard.think((delta.get("reasoningContent") or {}).get("text"))
    if delta.get("toolUse"):
        heard.go_on(delta["toolUse"].get("input"))


HEARS: Mapping[str, Hear] = {
    "contentBlockStart": _hear_start,
    "contentBlockDelta": _hear_delta,
    "messageStop": lambda heard, said: heard.finish(said.get("stopReason")),
}
"""What each says."""
