"""Bedrock's Converse, one form for all of its models, streamed or whole.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html; the base URL is the root of
``bedrock-runtime``. Its own time is ``metrics.latencyMs``. With it is kept how many tokens were written to a cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, TypedDict
from urllib.parse import quote

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.converse_events import HEARS, NOTES, note_stop, note_totals
from pytest_fmbench.client.dialects.frames import read_frames
from pytest_fmbench.client.dialects.hearing import Heard, hear_document, hear_frames
from pytest_fmbench.client.dialects.noting import note_error, tokens_in_one
from pytest_fmbench.client.dialects.prompts import arguments_of, base64_of, encoded, may_end, messages_of
from pytest_fmbench.client.dialects.reading import Take, read_document
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.session import Answer

_WHOLE_KINDS = (
    ("text", ChunkKind.CONTENT),
    ("reasoningContent", ChunkKind.REASONING),
    ("toolUse", ChunkKind.TOOL),
)


class _Event(TypedDict, total=False):
    start: Any
    delta: Any
    stopReason: Any
    usage: Any
    metrics: Any


class _Document(TypedDict, total=False):
    output: Any
    stopReason: Any
    usage: Any
    metrics: Any
    message: Any


_event, _document = usual(_Event), usual(_Document)


class BedrockConverse:
    """``POST /model/ID/converse-stream``. System messages stand apart, as the API wants it."""

    name = "bedrock-converse"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``, an id or an ARN; its JSON carries ``fields`` too."""
        path = model_path(model, "converse-stream")
        return Call(path, encoded(conversation(prompt), fields))

    def read(self, body: Body) -> Reply:
        """The reply in Amazon's event stream encoding."""
        return read_frames(body, _TAKES)

    def answer(self, body: Body) -> Answer:
        """What it says; the arguments of a tool call come in pieces of JSON."""
        return hear_frames(body, HEARS)


class BedrockConverseWhole:
    """``POST /model/ID/converse``: the reply comes in one piece, so ttft is e2e."""

    name = "bedrock-converse-whole"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``, an id or an ARN; its JSON carries ``fields`` too."""
        path = model_path(model, "converse")
        return Call(path, encoded(conversation(prompt), fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take_whole)

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_document(body, _hear_whole)


def model_path(model: str, operation: str) -> str:
    """The path of an operation; a model's id is one part of it, colons and slashes escaped as AWS signs them."""
    return f"/model/{quote(model, safe='')}/{operation}"


def conversation(prompt: Prompt) -> dict[str, object]:
    """What is asked, in Converse's terms, which Amazon's own models have too.

    :raises UsageError: for what cannot be asked so.
    """
    may_end(prompt, "Bedrock")
    messages = messages_of(prompt)
    system = [{"text": one.content} for one in messages if one.role == "system"]
    limits = {"inferenceConfig": {"maxTokens": prompt.max_tokens}}
    body: dict[str, object] = {"messages": _said(messages), **limits, **({"system": system} if system else {})}
    if prompt.tools:
        offered = ((tool.name, tool.description, {"json": tool.parameters}) for tool in prompt.tools)
        told = [{"name": name, "description": what, "inputSchema": schema} for name, what, schema in offered]
        body["toolConfig"] = {"tools": [{"toolSpec": one} for one in told]}
    return body


def _said(messages: Sequence[Message]) -> list[dict[str, object]]:
    """The conversation; results of tools that were called together are one message of the user's."""
    said: list[dict[str, object]] = []
    for of_tools, group in groupby(messages, lambda message: message.answers is not None):
        if of_tools:
            said.append({"role": "user", "content": [_result(one) for one in group]})
        else:
            said += ({"role": one.role, "content": _content(one)} for one in group if one.role != "system")
    return said


def _result(message: Message) -> dict[str, object]:
    return {"toolResult": {"toolUseId": message.answers, "content": [{"text": message.content}]}}


def _content(message: Message) -> list[dict[str, object]]:
    """Images before the text, then the text, then what is to be called."""
    blocks = [_image(url) for url in message.images]
    if message.content or not message.tool_calls:  # an empty one is refused
        blocks.append({"text": message.content})
    wanted = ({"toolUseId": one.call_id, "name": one.name, "input": arguments_of(one)} for one in message.tool_calls)
    blocks.extend({"toolUse": call} for call in wanted)
    return blocks


def _image(url: str) -> dict[str, object]:
    held = base64_of(url)
    if held is None:
        raise UsageError(f"Bedrock fetches no images: give {url[:60]!r} as a data: URL")
    media_type, data = held
    return {"image": {"format": media_type.removeprefix("image/"), "source": {"bytes": data}}}


def _hear_whole(heard: Heard, said: dict[str, Any]) -> None:
    heard.finish(said.get("stopReason"))
    for block in said["output"]["message"]["content"]:
        heard.say(block.get("text"))
        heard.think(((block.get("reasoningContent") or {}).get("reasoningText") or {}).get("text"))
        call = block.get("toolUse")
        if call:
            heard.begin_call(call.get("toolUseId"), call.get("name"), call.get("input"))


def _take(name: str) -> Take:
    """What notes an event that is called so."""
    note = NOTES[name]

    def take(reply: Reply, payload: bytes, end: int) -> bool:
        note(reply, _event(payload), end)
        return False

    return take


_TAKES = {name: _take(name) for name in NOTES}


def _take_whole(reply: Reply, document: bytes, end: int) -> bool:
    said = _document(document)
    note_error(reply, not said.get("output") and said.get("message"))
    note_stop(reply, said, end)
    note_totals(reply, said, end)
    blocks = ((said.get("output") or {}).get("message") or {}).get("content") or ()
    kind = next((kind for name, kind in _WHOLE_KINDS if any(block.get(name) for block in blocks)), None)
    if kind:
        reply.running_tokens = None
        reply.chunks.add(end, tokens_in_one(reply), kind)
    return False
