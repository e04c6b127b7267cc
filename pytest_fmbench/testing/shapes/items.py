"""Replies that are no text, whole: images, embeddings, and rankings as Jina and as Text Embeddings Inference have them.

https://platform.openai.com/docs/api-reference/images, .../embeddings; https://jina.ai/reranker;
https://huggingface.co/docs/text-embeddings-inference/quick_tour
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import whole
from pytest_fmbench.testing.shapes.base import MOMENT, Shape
from pytest_fmbench.testing.steps import Step

_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
"""A PNG of one pixel, whatever size is asked for."""

_VECTOR = [0.25, -0.5, 0.125, 0.75]


def _images(asked: Asked, plan: Plan) -> object:  # noqa: ARG001  # images have no tokens
    return {"created": MOMENT, "data": [{"b64_json": _PIXEL}] * int(asked.json.get("n") or 1)}


def _embeddings(asked: Asked, plan: Plan) -> object:
    given = asked.json.get("input")
    count = len(given) if isinstance(given, list) else 1
    data = [{"object": "embedding", "index": nth, "embedding": _VECTOR} for nth in range(count)]
    usage = {"prompt_tokens": plan.input_tokens, "total_tokens": plan.input_tokens}
    return {"object": "list", "data": data, "model": asked.json.get("model"), "usage": usage}


def _ranking(asked: Asked, plan: Plan) -> object:
    if "texts" in asked.json:
        return [{"index": nth, "score": score} for nth, score in _scores(asked.json["texts"])]
    results = [{"index": nth, "relevance_score": score} for nth, score in _scores(asked.json.get("documents"))]
    return {"model": asked.json.get("model"), "usage": {"total_tokens": plan.input_tokens}, "results": results}


def _scores(documents: Any) -> Iterable[tuple[int, float]]:  # noqa: ANN401  # whatever the client wrote
    """The last document is the best one."""
    count = len(documents) if isinstance(documents, list) else 0
    return ((nth, (nth + 1) / count) for nth in reversed(range(count)))


def _shape(paths: str, document: Callable[[Asked, Plan], object]) -> Shape:
    def answer(asked: Asked, plan: Plan) -> Iterable[Step]:
        return whole(plan, document(asked, plan))

    return Shape(re.compile(paths), lambda _: 1, answer)  # one write, when the first token would be due


SHAPES = {
    "openai-images": _shape("/v1/images/generations", _images),
    "openai-embeddings": _shape("/v1/embeddings", _embeddings),
    "rerank": _shape("(/v1)?/rerank", _ranking),
}
"""By name."""
