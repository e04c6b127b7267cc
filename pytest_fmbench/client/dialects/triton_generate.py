"""Triton's generate extension, streamed or whole, as TensorRT-LLM's and vLLM's models take it.

https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_generate.html,
https://github.com/triton-inference-server/tensorrtllm_backend,
https://github.com/triton-inference-server/vllm_backend/blob/main/docs/additional_outputs.md; the base URL is the
server's root. What a model has no input for, Triton hands it as a parameter, so one request fits both.

Nothing tells the end of a stream but HTTP. Counts and a reason come only if they are asked for, by the request fields
``return_num_input_tokens``, ``return_num_output_tokens`` and ``return_finish_reason``, which not every version takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict
from urllib.parse import quote

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import count, note_chunk, note_error, note_finish, tokens_in_one
from pytest_fmbench.client.dialects.prompts import encoded, text_of
from pytest_fmbench.client.dialects.reading import read_document, read_events
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind

_GOES_ON = "None"
"""What vLLM's model calls the reason while there is none."""


class _Said(TypedDict, total=False):
    text_output: Any
    num_input_tokens: Any
    num_output_tokens: Any
    finish_reason: Any
    details: Any
    error: Any


_parsed = usual(_Said)
_ONLY_TEXT = {"text_output"}


class TritonGenerate:
    """``POST /v2/models/NAME/generate_stream``; no chat template is applied."""

    name = "triton-generate"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        return Call(f"/v2/models/{quote(model, safe='')}/generate_stream", _asked(prompt, fields, stream=True))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_events(body, _take)


class TritonGenerateWhole:
    """``POST /v2/models/NAME/generate``: the reply comes in one piece, so ttft is e2e; no chat template is applied."""

    name = "triton-generate-whole"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        return Call(f"/v2/models/{quote(model, safe='')}/generate", _asked(prompt, fields, stream=False))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take_whole)


def _asked(prompt: Prompt, fields: Mapping[str, object], *, stream: bool) -> bytes:
    text = text_of(prompt, "prompts of Triton")
    on = {"ignore_eos": True} if prompt.ignore_eos else {}
    return encoded({"text_input": text, "max_tokens": prompt.max_tokens, "stream": stream}, {**fields, **on})


def _take_whole(reply: Reply, document: bytes, end: int) -> bool:
    said = _parsed(document)
    reply.ended, reply.running_tokens = True, None
    reply.output_tokens = count(said.get("num_output_tokens"))
    _note_rest(reply, said)
    if said.get("text_output"):
        reply.chunks.add(end, tokens_in_one(reply), ChunkKind.CONTENT)
    return False


def _take(reply: Reply, event: bytes, end: int) -> bool:
    said = _parsed(event)
    reply.ended = True
    return note(reply, said, end)


def note(reply: Reply, said: Mapping[str, Any], end: int) -> bool:
    """Note what a response of the model says, which so many bytes of the body completed.

    :return: whether that is a text, and nothing else.
    """
    tokens, before = count(said.get("num_output_tokens")), reply.output_tokens
    if tokens is not None:  # of this event alone
        reply.output_tokens = (before or 0) + tokens
    if said.get("text_output"):
        note_chunk(reply, end, ChunkKind.CONTENT, reply.output_tokens if tokens is not None else None)
    if said.keys() == _ONLY_TEXT:
        return bool(said["text_output"])
    _note_rest(reply, said)
    return False


def _note_rest(reply: Reply, said: Mapping[str, Any]) -> None:
    note_error(reply, said.get("error"))
    if said.get("num_input_tokens") is not None:
        reply.input_tokens = count(said["num_input_tokens"])
    reason = said.get("finish_reason") or (said.get("details") or {}).get("finish_reason")
    if reason != _GOES_ON:
        note_finish(reply, reason)
    reply.end_token = reply.finish_reason == "stop"
    if reply.output_tokens is not None:
        reply.running_tokens = reply.output_tokens
