"""llama.cpp's own completions, streamed.

https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (``POST /completion``); the base URL is the
server's root. Each event has the running count of tokens; the last one has the reason and the server's own timings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_error, note_finish
from pytest_fmbench.client.dialects.prompts import encoded, text_of
from pytest_fmbench.client.dialects.reading import read_events
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind


class _Said(TypedDict, total=False):
    content: Any
    stop: Any
    stop_type: Any
    tokens_predicted: Any
    tokens_evaluated: Any
    timings: Any
    error: Any


_parsed = usual(_Said)


class LlamaCppCompletion:
    """``POST /completion`` with ``stream``; no chat template is applied, and the model's name is only told."""

    name = "llamacpp-completion"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt``; its JSON carries ``fields`` too."""
        text = text_of(prompt, "llama.cpp's own completions")
        on = {"ignore_eos": True} if prompt.ignore_eos else {}
        body = {"model": model, "prompt": text, "n_predict": prompt.max_tokens, "stream": True}
        return Call("/completion", encoded(body, {**fields, **on}))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_events(body, _take)


def _take(reply: Reply, event: bytes, end: int) -> bool:
    said = _parsed(event)
    running = count(said.get("tokens_predicted"))
    if said.get("content"):
        note_chunk(reply, end, ChunkKind.CONTENT, running)
    if said.get("error"):
        note_error(reply, said["error"])
    if said.get("stop"):
        _note_end(reply, said, running)
    return False


def _note_end(reply: Reply, said: dict[str, Any], running: int | None) -> None:
    note_finish(reply, said.get("stop_type"))
    reply.ended = True
    reply.input_tokens, reply.output_tokens = count(said.get("tokens_evaluated")), running
    timings = said.get("timings")
    reply.server_timings = timings
    reply.cached_tokens = count((timings or {}).get("cache_n"))
    if running is not None:
        reply.running_tokens = running
