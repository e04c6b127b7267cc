"""Ollama's own: ``POST /api/chat`` and ``/api/generate``, lines of JSON unless ``stream`` is false.

https://github.com/ollama/ollama/blob/main/docs/api.md
Durations are those of the schedule, in ns; what was truly written when is in the mock's truths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pytest_fmbench.clock import seconds_to_ns
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, compact, streamed, whole
from pytest_fmbench.testing.shapes.base import WORDS, Shape, first, text
from pytest_fmbench.testing.steps import Step

CREATED = "2023-11-14T22:13:20Z"


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    if asked.json.get("stream") is False:
        return whole(plan, _object(asked, text(plan), _statistics(plan)))
    tokens = (_line(_object(asked, word, {"done": False})) for word in WORDS)
    closing = _line(_object(asked, "", _statistics(plan)))
    return streamed(plan, Pieces(b"", tokens, closing), "application/x-ndjson")


def _object(asked: Asked, content: str, rest: dict[str, Any]) -> dict[str, Any]:
    chat: dict[str, Any] = {"message": {"role": "assistant", "content": content}}
    held = chat if asked.path.startswith("/api/chat") else {"response": content}
    return {"model": asked.json.get("model", "mock"), "created_at": CREATED, **held, **rest}


def _line(document: object) -> bytes:
    return compact(document) + b"\n"


def _statistics(plan: Plan) -> dict[str, Any]:
    total, first_token = seconds_to_ns(plan.at_s[-1]), seconds_to_ns(plan.at_s[0])
    counts = {"prompt_eval_count": plan.input_tokens, "prompt_eval_duration": first_token}
    evaluated = {"eval_count": plan.tokens, "eval_duration": total - first_token}
    ended = {"done": True, "done_reason": "length" if plan.limited else "stop"}
    return {**ended, "total_duration": total, "load_duration": 0, **counts, **evaluated}


def _limit(body: dict[str, Any]) -> int | None:
    found = first(body, "options.num_predict")
    return None if found in (-1, -2) else found  # its words for no limit, and for filling the context


SHAPE = Shape(re.compile("/api/(chat|generate)"), _limit, _answer)
