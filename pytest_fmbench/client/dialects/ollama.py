"""Ollama's own forms, streamed as lines of JSON.

https://github.com/ollama/ollama/blob/main/docs/api.md; the base URL is the server's root. The last line has the reason,
the counts and the server's own durations, in ns. An error in mid-stream is a line
(https://docs.ollama.com/api/errors). It does not say how much of a prompt its cache held. Tools:
https://docs.ollama.com/capabilities/tool-calling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.hearing import Heard, hear_lines
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_error, note_finish
from pytest_fmbench.client.dialects.openai import offered
from pytest_fmbench.client.dialects.prompts import (
    arguments_of,
    base64_of,
    encoded,
    may_end,
    messages_of,
    text_of,
)
from pytest_fmbench.client.dialects.reading import Take, read_lines
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.record import ChunkKind
from pytest_fmbench.model.session import Answer

_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")

_KINDS = (
    ("content", ChunkKind.CONTENT),
    ("response", ChunkKind.CONTENT),
    ("thinking", ChunkKind.REASONING),
    ("tool_calls", ChunkKind.TOOL),
)


class _Message(TypedDict, total=False):
    content: Any
    thinking: Any
    tool_calls: Any


class _Said(TypedDict, total=False):
    message: _Message | None
    response: Any
    thinking: Any
    done: Any
    done_reason: Any
    prompt_eval_count: Any
    eval_count: Any
    total_duration: Any
    load_duration: Any
    prompt_eval_duration: Any
    eval_duration: Any
    error: Any


_parsed = usual(_Said)


class OllamaChat:
    """``POST /api/chat``."""

    name = "ollama-chat"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        names = {call.call_id: call.name for message in messages_of(prompt) for call in message.tool_calls}
        messages = [_message(message, names) for message in prompt.messages]
        body = {"model": model, "messages": messages, **_asked(prompt), **offered(prompt)}
        return Call("/api/chat", encoded(body, fields))

    def read(self, body: Body) -> Reply:
        """The reply in lines of JSON."""
        return read_lines(body, _take(lambda said: said.get("message") or {}))

    def answer(self, body: Body) -> Answer:
        """What it says; a tool call comes in one piece, its arguments as an object."""
        return hear_lines(body, _hear)


class OllamaGenerate:
    """``POST /api/generate``: the server puts its template around the text, unless that is in one already."""

    name = "ollama-generate"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        text = text_of(prompt, "prompts of Ollama's generate")
        body: dict[str, object] = {"model": model, "prompt": text, "raw": prompt.templated}
        return Call("/api/generate", encoded({**body, **_asked(prompt)}, fields))

    def read(self, body: Body) -> Reply:
        """The reply in lines of JSON."""
        return read_lines(body, _take(lambda said: said))

    def answer(self, body: Body) -> Answer:
        """What it says."""
        return hear_lines(body, _hear)


def _asked(prompt: Prompt) -> dict[str, object]:
    may_end(prompt, "Ollama")
    return {"stream": True, "options": {"num_predict": prompt.max_tokens}}


def _message(message: Message, names: Mapping[str, str]) -> dict[str, object]:
    """A message; the result of a tool is known by the tool's name, among the ``names`` of calls."""
    said: dict[str, object] = {"role": message.role, "content": message.content}
    if message.images:
        said["images"] = [_image(url) for url in message.images]
    if message.tool_calls:
        said["tool_calls"] = [
            {"type": "function", "function": {"index": nth, "name": call.name, "arguments": arguments_of(call)}}
            for nth, call in enumerate(message.tool_calls)
        ]
    if message.answers is not None:
        said["tool_name"] = names.get(message.answers, "")
    return said


def _image(url: str) -> str:
    held = base64_of(url)
    if held is None:
        raise UsageError(
            f"Ollama fetches no images: give {url[:60]!r} as a data: URL, or ask with the dialect openai-chat"
        )
    return held[1]


def _hear(heard: Heard, said: dict[str, Any]) -> None:
    held = said.get("message") or said
    heard.say(held.get("content") or held.get("response"))
    heard.think(held.get("thinking"))
    heard.finish(said.get("done_reason"))
    for call in held.get("tool_calls") or ():
        wanted = call.get("function") or {}
        heard.begin_call(call.get("id"), wanted.get("name"), wanted.get("arguments"))


def _take(holder: Callable[[dict[str, Any]], dict[str, Any]]) -> Take:
    """What notes a line whose content ``holder`` finds."""

    def take(reply: Reply, line: bytes, end: int) -> bool:
        said = _parsed(line)
        held = holder(said)
        kind = next((kind for name, kind in _KINDS if held.get(name)), None)
        if kind:
            note_chunk(reply, end, kind)
        if said.get("done"):
            _note_end(reply, said)
        if said.get("error"):
            note_error(reply, said["error"])
        return False

    return take


def _note_end(reply: Reply, said: dict[str, Any]) -> None:
    note_finish(reply, said.get("done_reason"))
    reply.ended = True
    reply.end_token = reply.finish_reason == "stop"
    reply.input_tokens, reply.output_tokens = count(said.get("prompt_eval_count")), count(said.get("eval_count"))
    reply.server_timings = {name: said[name] for name in _DURATIONS if name in said} or None
