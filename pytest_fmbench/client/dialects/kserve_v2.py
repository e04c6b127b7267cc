"""KServe's v2 protocol (Open Inference Protocol) over HTTP, whole, with the tensors of TensorRT-LLM's ensemble.

https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol,
https://github.com/triton-inference-server/tensorrtllm_backend; the base URL is the server's root. The protocol does not
say what a model of text calls its tensors; ``inputs`` among the request fields puts others in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import quote

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import count, note_error, tokens_in_one
from pytest_fmbench.client.dialects.prompts import encoded, may_end, text_of
from pytest_fmbench.client.dialects.reading import read_document
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import ChunkKind


class _Tensor(TypedDict, total=False):
    name: Any
    data: Any


class _Said(TypedDict, total=False):
    outputs: list[_Tensor] | None
    error: Any


_parsed = usual(_Said)


class KServeV2:
    """``POST /v2/models/NAME/infer``: the reply comes in one piece, so ttft is e2e. Numbers alone are no token."""

    name = "kserve-v2"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        may_end(prompt, "the v2 protocol")
        text = text_of(prompt, "prompts of the v2 protocol")
        inputs = [
            {"name": "text_input", "shape": [1, 1], "datatype": "BYTES", "data": [text]},
            {"name": "max_tokens", "shape": [1, 1], "datatype": "INT32", "data": [prompt.max_tokens]},
        ]
        return Call(f"/v2/models/{quote(model, safe='')}/infer", encoded({"inputs": inputs}, fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take)


def _take(reply: Reply, document: bytes, end: int) -> bool:
    said = _parsed(document)
    note_error(reply, said.get("error"))
    note_tensors(reply, {one["name"]: [*_flat(one["data"])] for one in said.get("outputs") or ()}, end)
    return False


def note_tensors(reply: Reply, tensors: Mapping[str, Sequence[object]], end: int) -> None:
    """Note what the tensors of a reply hold, which so many bytes of the body completed.

    :param tensors: elements by name.
    """
    reply.ended = True
    reply.input_tokens, reply.output_tokens = (
        count(next(iter(tensors.get(name, ())), None)) for name in ("num_input_tokens", "num_output_tokens")
    )
    held = [value for values in tensors.values() for value in values]
    texts = [value for value in held if isinstance(value, str)]
    if any(texts) or (held and not texts):
        reply.chunks.add(end, tokens_in_one(reply) if texts else 0, ChunkKind.CONTENT)


def _flat(data: object) -> Iterator[object]:
    """The elements of a tensor, in rows of rows or without them."""
    if isinstance(data, list):
        for row in data:
            yield from _flat(row)
    else:
        yield data
