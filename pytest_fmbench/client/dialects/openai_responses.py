"""OpenAI responses, streamed (https://developers.openai.com/api/reference/resources/responses/streaming-events).

llama.cpp serves them too (``tools/server/server-task.cpp`` in https://github.com/ggml-org/llama.cpp), and adds
``timings`` with its running count: in every event with ``timings_per_token``, else in the last. It calls a reply
completed that ran into its limit, so what is completed need not have an end token, and without a running count we count
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hearing import Heard, hear_events
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_error, note_finish
from pytest_fmbench.client.dialects.prompts import encoded, messages_of
from pytest_fmbench.client.dialects.reading import read_events
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.session import Answer

_KINDS = {
    "response.output_text.delta": ChunkKind.CONTENT,
    "response.refusal.delta": ChunkKind.CONTENT,
    "response.reasoning_text.delta": ChunkKind.REASONING,
    "response.reasoning_summary_text.delta": ChunkKind.REASONING,
    "response.function_call_arguments.delta": ChunkKind.TOOL,
    "response.custom_tool_call_input.delta": ChunkKind.TOOL,
    "response.mcp_call_arguments.delta": ChunkKind.TOOL,
    "response.code_interpreter_call_code.delta": ChunkKind.TOOL,
}
_ITEM_ADDED = "response.output_item.added"
_ENDS = {"response.completed", "response.incomplete", "response.failed"}


class _Response(TypedDict, total=False):
    status: Any
    incomplete_details: Any
    error: Any
    usage: Any


class _Item(TypedDict, total=False):
    name: Any


class _Said(TypedDict, total=False):
    type: Any
    delta: Any
    item: _Item | None
    response: _Response | None
    message: Any
    error: Any
    timings: Any


_parsed = usual(_Said)


class OpenAIResponses:
    """``POST /responses`` with ``stream``. The finish reason is why a response is incomplete, else its status."""

    name = "openai-responses"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        asked = [item for message in messages_of(prompt) for item in _items(message)]
        body = {"model": model, "input": asked, "stream": True, "max_output_tokens": prompt.max_tokens}
        on = {"ignore_eos": True} if prompt.ignore_eos else {}
        if prompt.tools:
            offered = ((tool.name, tool.description, tool.parameters) for tool in prompt.tools)
            told = ({"name": name, "description": what, "parameters": schema} for name, what, schema in offered)
            body["tools"] = [{"type": "function", **one} for one in told]
        return Call("/responses", encoded(body, {**fields, **on}))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_events(body, _take)

    def answer(self, body: Body) -> Answer:
        """What it says; tool calls are items of their own, whose arguments come in pieces."""
        return hear_events(body, _hear)


def _items(message: Message) -> list[dict[str, object]]:
    """A message, and each call of a tool and each result of one as an item of its own."""
    if message.answers is not None:
        return [{"type": "function_call_output", "call_id": message.answers, "output": message.content}]
    items: list[dict[str, object]] = []
    if message.content or not message.tool_calls:
        items.append({"role": message.role, "content": _content(message)})
    for call in message.tool_calls:
        called = {"call_id": call.call_id, "name": call.name, "arguments": call.arguments}
        items.append({"type": "function_call", **called})
    return items


def _content(message: Message) -> object:
    """Text, or parts where there are images."""
    if not message.images:
        return message.content
    shown = [{"type": "input_image", "image_url": url} for url in message.images]
    return [{"type": "input_text", "text": message.content}, *shown]


def _hear(heard: Heard, said: dict[str, Any]) -> None:
    what, delta = said.get("type"), said.get("delta")
    kind = _KINDS.get(what) if what else None
    item = said.get("item") or {}
    if kind is ChunkKind.CONTENT:
        heard.say(delta)
    elif kind is ChunkKind.REASONING:
        heard.think(delta)
    elif what == "response.function_call_arguments.delta":
        heard.go_on(delta)
    elif what == _ITEM_ADDED and item.get("type") == "function_call":
        heard.begin_call(item.get("call_id") or item.get("id"), item.get("name"), item.get("arguments"))
    elif what in _ENDS:
        response = said["response"]
        heard.finish((response.get("incomplete_details") or {}).get("reason") or response.get("status"))


def _take(reply: Reply, event: bytes, end: int) -> bool:
    if event == b"[DONE]":  # some servers end every stream with it
        return False
    said = _parsed(event)
    what = said.get("type")
    timings = said.get("timings")
    running = count(timings.get("predicted_n")) if timings else None
    kind = _KINDS.get(what) if what else None
    if kind and said.get("delta"):
        note_chunk(reply, end, kind, running)
        return not timings
    if what == _ITEM_ADDED and (said.get("item") or {}).get("name"):  # of a tool that is called
        note_chunk(reply, end, ChunkKind.TOOL, running)
    elif what == "error" or said.get("error"):
        note_error(reply, said.get("error") or said.get("message") or "unknown")
    elif what in _ENDS:
        _note_end(reply, said["response"])
        reply.server_timings = timings
        reply.running_tokens = reply.running_tokens if running is None else running
    return False


def _note_end(reply: Reply, response: dict[str, Any]) -> None:
    note_error(reply, response.get("error"))
    note_finish(reply, (response.get("incomplete_details") or {}).get("reason") or response.get("status"))
    usage = response.get("usage") or {}
    reply.input_tokens, reply.output_tokens = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    reply.cached_tokens = count((usage.get("input_tokens_details") or {}).get("cached_tokens"))
    reply.reasoning_tokens = count((usage.get("output_tokens_details") or {}).get("reasoning_tokens"))
