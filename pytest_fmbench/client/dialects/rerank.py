"""Documents put into an order by a question, whole.

``POST /rerank`` below ``/v1`` as Jina has it (https://jina.ai/reranker), and with it vLLM
(https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html), llama.cpp
(https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md), SGLang
(https://docs.sglang.io/supported_models/rerank_models.html), and Cohere (https://docs.cohere.com/reference/rerank)
below ``/v2``. Their replies differ: results with a ``relevance_score``, or, of SGLang and of Text Embeddings Inference,
a list with a ``score``.

Text Embeddings Inference asks for ``texts`` instead, at its root
(https://huggingface.co/docs/text-embeddings-inference/quick_tour); llama.cpp takes that too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_fmbench.client.dialects.base import Call, Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.dialects.noting import count, note_error, note_items, total
from pytest_fmbench.client.dialects.prompts import encoded, may_end, text_of
from pytest_fmbench.client.dialects.reading import read_document
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt, Wanted

_SCORES = "relevance_score", "score"


class Rerank:
    """``POST /rerank``: the reply is one chunk of no token. An item is a document whose score came back."""

    name = "rerank"
    gives = frozenset({Wanted.RANKING})
    unit = "documents"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:
        """The request that asks ``prompt`` of ``model``; its JSON carries ``fields`` too."""
        question, documents = _asked(prompt)
        asked = {"model": model, "query": question, "documents": documents}
        return Call("/rerank", encoded(asked, fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take)


class TeiRerank:
    """``POST /rerank`` with ``texts``, of one model, which is not named."""

    name = "tei-rerank"
    gives = frozenset({Wanted.RANKING})
    unit = "documents"

    def call(self, prompt: Prompt, model: str, fields: Mapping[str, object]) -> Call:  # noqa: ARG002  # serves one
        """The request that asks ``prompt``; its JSON carries ``fields`` too."""
        question, texts = _asked(prompt)
        return Call("/rerank", encoded({"query": question, "texts": texts}, fields))

    def read(self, body: Body) -> Reply:
        """The reply in one JSON document."""
        return read_document(body, _take)


def _asked(prompt: Prompt) -> tuple[str, list[str]]:
    may_end(prompt, "a server of rankings")
    question = text_of(prompt, "questions of documents")
    if not prompt.documents:
        raise UsageError(
            "a prompt without documents leaves nothing to be put into an order: use a workload such as rerank()"
        )
    return question, list(prompt.documents)


def _take(reply: Reply, document: bytes, end: int) -> bool:
    said = json.loads(document)
    results = said if isinstance(said, list) else _noted(reply, said)
    reply.ended = True
    note_items(reply, end, sum(_has_score(one) for one in results))
    return False


def _noted(reply: Reply, said: Mapping[str, Any]) -> Sequence[Any]:
    """The results of a document that says more, which is noted."""
    note_error(reply, said.get("error"))
    usage = said.get("usage") or {}
    reply.input_tokens = total(usage, "prompt_tokens")
    if reply.input_tokens is None:  # where nothing is written, all tokens are input
        reply.input_tokens = count(usage.get("total_tokens"))
    return said.get("results") or ()


def _has_score(one: Mapping[str, Any]) -> bool:
    return any(type(one.get(name)) in (int, float) for name in _SCORES)
