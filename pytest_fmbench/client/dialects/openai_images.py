"""OpenAI's images, whole (https://platform.openai.com/docs/api-reference/images/create).

vLLM-Omni (https://docs.vllm.ai/projects/vllm-omni, "Image Generation API") and SGLang
(https://docs.sglang.io/diffusion/api/openai_api.html) serve them too, and take ``num_inference_steps``. An image comes
as base64, or as the URL where it lies, which is not fetched. Newer models of OpenAI tell tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import count, note_error, note_items
from pytest_fmbench.client.dialects.prompts import encoded, may_end, text_of
from pytest_fmbench.client.dialects.reading import read_document
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt, Wanted


class _Image(TypedDict, total=False):
    b64_json: str | None
    url: str | None


class _Said(TypedDict, total=False):
    data: list[_Image] | None
    usage: Any
    error: Any


_parsed = usual(_Said)


class OpenAIImages:
    """``POST /images/generations``: the reply is one chunk of no token, complete with its last byte."""

    name = "openai-images"
    gives = frozenset({Wanted.TEXT, Wanted.IMAGES})
    unit = "images"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too, such as ``size``."""
        may_end(prompt, "a server of images")
        asked = {"model": model, "prompt": text_of(prompt, "images")}
        return Call("/images/generations", encoded(asked, fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take)


def _take(reply: Reply, document: bytes, end: int) -> bool:
    said = _parsed(document)
    note_error(reply, said.get("error"))
    usage = said.get("usage") or {}
    reply.input_tokens, reply.output_tokens = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    reply.ended = True
    note_items(reply, end, sum(bool(one.get("b64_json") or one.get("url")) for one in said.get("data") or ()))
    return False
