"""OpenAI embeddings (https://platform.openai.com/docs/api-reference/embeddings/create), whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import count, note_error, note_items
from pytest_fmbench.client.dialects.prompts import encoded, text_of
from pytest_fmbench.client.dialects.reading import read_document
from pytest_fmbench.client.dialects.usual import usual
from pytest_fmbench.model.prompt import Prompt, Wanted


class _Embedding(TypedDict, total=False):
    embedding: Any


class _Said(TypedDict, total=False):
    data: list[_Embedding] | None
    usage: Any
    error: Any


_parsed = usual(_Said)


class OpenAIEmbeddings:
    """``POST /embeddings``: the reply is one chunk of no token. How long a reply may be, and end, it is not asked."""

    name = "openai-embeddings"
    gives = frozenset({Wanted.TEXT, Wanted.EMBEDDINGS})
    unit = "texts"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        texts = list(prompt.documents) or text_of(prompt, "embeddings")
        asked = {"model": model, "input": texts}
        return Call("/embeddings", encoded(asked, fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take)


def _take(reply: Reply, document: bytes, end: int) -> bool:
    said = _parsed(document)
    note_error(reply, said.get("error"))
    reply.input_tokens = count((said.get("usage") or {}).get("prompt_tokens"))
    reply.ended = True
    note_items(reply, end, sum(bool(one["embedding"]) for one in said.get("data") or ()))  # numbers, or base64
    return False
