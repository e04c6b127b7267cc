"""Triton's generate extension, streamed, as TensorRT-LLM's LLM API model takes it.

https://github.com/triton-inference-server/tensorrtllm_backend/blob/main/docs/llmapi.md,
https://github.com/NVIDIA/TensorRT-LLM/tree/main/triton_backend/all_models/llmapi/tensorrt_llm; the base URL is the
server's root. Its inputs have names of their own, and each event holds the whole text so far.

Nothing tells the end of a stream but HTTP. A reason comes only if it is asked for, by the request field
``return_finish_reason``; counts do not come at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict
from urllib.parse import quote

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import note_chunk, note_error, note_finish
from pytest_fmbench.client.dialects.prompts import encoded, may_end, text_of
from pytest_fmbench.client.dialects.reading import read_events
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind

_GOES_ON = "None"
"""The reason while there is none."""


class _Said(TypedDict, total=False):
    text_output: Any
    finish_reason: Any
    error: Any


_parsed = usual(_Said)


class TritonLlmApi:
    """``POST /v2/models/NAME/generate_stream``; no chat template is applied."""

    name = "triton-llmapi"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        may_end(prompt, "Triton's LLM API model")
        body = {
            "text_input": text_of(prompt, "prompts of Triton"),
            "sampling_param_max_tokens": prompt.max_tokens,
            "sampling_param_exclude_input_from_output": True,
            "streaming": True,
        }
        return Call(f"/v2/models/{quote(model, safe='')}/generate_stream", encoded(body, fields))

    def read(self, body: Body) -> Reply:
        """The reply in an event stream."""
        return read_events(body, _Growing().take)


class _Growing:
    """Takes events that hold the text so far: a chunk is one whose text is longer than any before."""

    def __init__(self) -> None:
        self._length = 0

    def take(self, reply: Reply, event: bytes, end: int) -> bool:
        said = _parsed(event)
        reply.ended = True
        note_error(reply, said.get("error"))
        length = len(said.get("text_output") or "")
        if length > self._length:
            self._length = length
            note_chunk(reply, end, ChunkKind.CONTENT)
        if said.get("finish_reason") != _GOES_ON:
            note_finish(reply, said.get("finish_reason"))
        reply.end_token = reply.finish_reason == "stop"
        return False
