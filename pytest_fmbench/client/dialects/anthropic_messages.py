"""Anthropic's messages, streamed (https://platform.claude.com/docs/en/build-with-claude/streaming).

The base URL ends in ``/v1``, as that of https://api.anthropic.com/v1/messages does. Anthropic itself wants the headers
``x-api-key`` and ``anthropic-version``; llama.cpp and vLLM, which serve this form too, do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hearing import Heard, hear_events
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_error, note_finish, total
from pytest_fmbench.client.dialects.prompts import arguments_of, base64_of, encoded, messages_of
from pytest_fmbench.client.dialects.reading import read_events
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.session import Answer

_KINDS = (
    ("text", ChunkKind.CONTENT),
    ("thinking", ChunkKind.REASONING),
    ("partial_json", ChunkKind.TOOL),
)
_INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
"""Parts of the prompt: Anthropic's ``input_tokens`` are those that no cache was read or written for."""


class _Delta(TypedDict, total=False):
    text: Any
    thinking: Any
    partial_json: Any
    stop_reason: Any


class _Block(TypedDict, total=False):
    name: Any


class _Message(TypedDict, total=False):
    usage: Any


class _Said(TypedDict, total=False):
    type: Any
    delta: _Delta | None
    content_block: _Block | None
    message: _Message | None
    usage: Any
    error: Any


_parsed = usual(_Said)


class AnthropicMessages:
    """``POST /messages`` with ``stream``. System messages are taken out of the conversation, as the API wants it."""

    name = "anthropic-messages"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        on = {"ignore_eos": True} if prompt.ignore_eos else {}
        body = {"model": model, "stream": True, **messages_body(prompt)}
        return Call("/messages", encoded(body, {**fields, **on}))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_events(body, take_event)

    def answer(self, body: Body) -> Answer:
        """What it says; the arguments of a tool call come in pieces of JSON."""
        return hear_events(body, hear_event)


def messages_body(prompt: Prompt) -> dict[str, object]:
    """What is asked, but of whom and how the reply comes.

    :raises UsageError: when the messages are in a chat template already.
    """
    messages = messages_of(prompt)
    system = "\n\n".join(message.content for message in messages if message.role == "system")
    body = {"messages": _said(messages), "max_tokens": prompt.max_tokens, **({"system": system} if system else {})}
    if prompt.tools:
        offered = ((tool.name, tool.description, tool.parameters) for tool in prompt.tools)
        body["tools"] = [{"name": name, "description": what, "input_schema": schema} for name, what, schema in offered]
    return body


def _said(messages: Sequence[Message]) -> list[dict[str, object]]:
    """The conversation; results of tools that were called together are one message of the user's."""
    said: list[dict[str, object]] = []
    for of_tools, group in groupby(messages, lambda message: message.answers is not None):
        if of_tools:
            results = ({"tool_use_id": one.answers, "content": one.content} for one in group)
            said.append({"role": "user", "content": [{"type": "tool_result", **result} for result in results]})
        else:
            said += ({"role": one.role, "content": _content(one)} for one in group if one.role != "system")
    return said


def _content(message: Message) -> object:
    """Text, or blocks where there is more: images, which the documents want before the text, and calls after it."""
    if not message.images and not message.tool_calls:
        return message.content
    shown = [{"type": "image", "source": _source(url)} for url in message.images]
    text = [{"type": "text", "text": message.content}] if message.content else []  # an empty one is refused
    wanted = [
        {"type": "tool_use", "id": call.call_id, "name": call.name, "input": arguments_of(call)}
        for call in message.tool_calls
    ]
    return [*shown, *text, *wanted]


def _source(url: str) -> dict[str, str]:
    held = base64_of(url)
    return {"type": "base64", "media_type": held[0], "data": held[1]} if held else {"type": "url", "url": url}


def hear_event(heard: Heard, said: dict[str, Any]) -> None:
    """What an event says."""
    what = said.get("type")
    if what == "content_block_start":
        _hear_block(heard, said.get("content_block") or {})
    elif what == "content_block_delta":
        delta = said["delta"]
        heard.say(delta.get("text"))
        heard.think(delta.get("thinking"))
        if delta.get("partial_json"):
            heard.go_on(delta["partial_json"])
    elif what == "message_delta":
        heard.finish((said.get("delta") or {}).get("stop_reason"))


def _hear_block(heard: Heard, block: dict[str, Any]) -> None:
    heard.say(block.get("text"))
    heard.think(block.get("thinking"))
    if block.get("type") == "tool_use":  # and none that the server uses itself
        heard.begin_call(block.get("id"), block.get("name"), block.get("input") or None)


def take_event(reply: Reply, event: bytes, end: int) -> bool:
    """Note what an event says."""
    said = _parsed(event)
    what = said.get("type")
    if what == "content_block_delta":
        return _note_delta(reply, said["delta"], end)
    if what == "content_block_start" and (said.get("content_block") or {}).get("name"):  # of a tool that is called
        note_chunk(reply, end, ChunkKind.TOOL)
    elif what == "message_start":
        _note_input(reply, said["message"].get("usage") or {})
    elif what == "message_delta":
        _note_end(reply, said)
    elif what == "error" or said.get("error"):
        note_error(reply, said.get("error") or "unknown")
    return False  # pings, ends of blocks, and what may come to be: to be ignored, the documents say


def _note_delta(reply: Reply, delta: dict[str, Any], end: int) -> bool:
    """Note text, thinking or arguments; a signature is not the model's."""
    for name, kind in _KINDS:
        if delta.get(name):
            note_chunk(reply, end, kind)
            return True
    return False


def _note_input(reply: Reply, usage: dict[str, Any]) -> None:
    tokens, cached = total(usage, *_INPUT), count(usage.get("cache_read_input_tokens"))
    reply.input_tokens = reply.input_tokens if tokens is None else tokens
    reply.cached_tokens = reply.cached_tokens if cached is None else cached


def _note_end(reply: Reply, said: dict[str, Any]) -> None:
    usage = said.get("usage") or {}
    note_finish(reply, (said.get("delta") or {}).get("stop_reason"))
    reply.end_token = reply.finish_reason == "end_turn"
    reply.output_tokens = count(usage.get("output_tokens"))
    if count(usage.get("input_tokens")) is not None:
        _note_input(reply, usage)
