"""OpenAI's completions: ``POST /v1/completions``, streamed as the body's ``stream`` asks.

https://platform.openai.com/docs/api-reference/completions/create
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import streamed, whole
from pytest_fmbench.testing.shapes.base import Shape, first, text
from pytest_fmbench.testing.shapes.openai import Choice, document, envelope, pieces
from pytest_fmbench.testing.steps import Step


def _choice(content: str | None, reason: str | None) -> Choice:
    return {"index": 0, "text": content or "", "logprobs": None, "finish_reason": reason}


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    same = envelope(asked, "cmpl", "text_completion")
    if asked.json.get("stream"):
        return streamed(plan, pieces(asked, plan, same, _choice), "text/event-stream")
    return whole(plan, document(plan, same, {"text": text(plan), "logprobs": None}))


SHAPE = Shape(re.compile("/v1/completions"), lambda body: first(body, "max_tokens"), _answer)
