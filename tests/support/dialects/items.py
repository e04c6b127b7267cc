"""Dialects whose replies are no text: images, rankings, and any JSON."""

from __future__ import annotations

from pytest_fmbench.model.prompt import Message, Prompt, Wanted
from tests.support.dialects.base import CONTENT, Said, Spoken, whole

_QUESTION = (Message("user", "Grüße?"),)
_RANKED = Prompt(_QUESTION, max_tokens=0, documents=("Hallo.", "Nein."), wanted=Wanted.RANKING)
_BODY = Prompt((), max_tokens=0, fields={"user": 7, "liked": ["a", "b"]}, wanted=Wanted.JSON)
_DRAWN = Prompt(_QUESTION, max_tokens=0, fields={"size": "512x512"}, wanted=Wanted.IMAGES)
_ERROR = {"error": {"message": "out of memory", "code": 500}}
_TOLD = "out of memory"


def _said(document: object, items: int, input_tokens: int | None = None, output_tokens: int | None = None) -> Said:
    pieces = whole(document, CONTENT, tokens=0)
    return Said(pieces, 0, items=items, input_tokens=input_tokens, output_tokens=output_tokens)


_JINA = {"model": "m", "usage": {"total_tokens": 12}}

SPOKEN = {
    "openai-images": Spoken(
        "https://platform.openai.com/docs/api-reference/images/object",
        "/images/generations",
        {"model": "m", "prompt": "Grüße?", "size": "512x512"},
        {
            "content": _said({"created": 1, "data": [{"b64_json": "iVBORw0KGgo=", "url": None}]}, 1),
            "several": _said({"created": 1, "data": [{"url": "https://x/1.png"}, {"url": "https://x/2.png"}]}, 2),
            "counted": _said(
                {"data": [{"b64_json": "iVBO"}], "usage": {"input_tokens": 9, "output_tokens": 196}}, 1, 9, 196
            ),
        },
        (whole(_ERROR), _TOLD),
        "/v1",
        streamed=False,
        prompt=_DRAWN,
    ),
    "rerank": Spoken(
        "https://api.jina.ai/redoc#tag/rerank",
        "/rerank",
        {"model": "m", "query": "Grüße?", "documents": ["Hallo.", "Nein."]},
        {
            "content": _said({**_JINA, "results": [{"index": 0, "relevance_score": 0.9}]}, 1, 12),
            "vllm": _said(
                {
                    "id": "rerank-1",
                    "model": "m",
                    "usage": {"prompt_tokens": 7, "total_tokens": 7},
                    "results": [
                        {"index": 1, "document": {"text": "Nein."}, "relevance_score": -2},
                        {"index": 0, "document": {"text": "Hallo."}, "relevance_score": 0.0},
                    ],
                },
                2,
                7,
            ),
            "cohere": _said(
                {
                    "id": "1",
                    "results": [{"index": 0, "relevance_score": 0.5}],
                    "meta": {"api_version": {"version": "2"}},
                },
                1,
            ),
            "sglang": _said([{"score": 0.99, "document": "Hallo.", "index": 0}, {"score": 0.01, "index": 1}], 2),
        },
        (whole(_ERROR), _TOLD),
        "/v1",
        streamed=False,
        prompt=_RANKED,
    ),
    "tei-rerank": Spoken(
        "https://huggingface.co/docs/text-embeddings-inference/quick_tour",
        "/rerank",
        {"query": "Grüße?", "texts": ["Hallo.", "Nein."]},
        {"content": _said([{"index": 0, "score": 0.99}, {"index": 1, "score": 0.01}], 2)},
        (whole({"error": "out of memory", "error_type": "Backend"}), _TOLD),
        streamed=False,
        prompt=_RANKED,
    ),
    "json": Spoken(
        "https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html",
        "/invocations",
        {"user": 7, "liked": ["a", "b"]},
        {
            "content": _said({"predictions": [{"score": 0.9}, {"score": 0.8}]}, 2),
            "one": _said({"predictions": 0.7}, 1),
        },
        (whole(_ERROR), _TOLD),
        streamed=False,
        prompt=_BODY,
    ),
}
