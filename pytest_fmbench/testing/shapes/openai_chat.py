"""OpenAI's chat completions: ``POST /v1/chat/completions``, streamed as the body's ``stream`` asks.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, streamed, whole
from pytest_fmbench.testing.shapes.base import Shape, first, text
from pytest_fmbench.testing.shapes.openai import Choice, document, envelope, one, pieces
from pytest_fmbench.testing.steps import Step


def events(asked: Asked, plan: Plan) -> Pieces:
    """The stream's events; the first has the role alone."""
    same = envelope(asked, "chatcmpl", "chat.completion.chunk")
    role: Choice = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    return replace(pieces(asked, plan, same, _choice), opening=one(asked, same, role))


def limit(body: dict[str, Any]) -> int | None:
    """The most output tokens; the newer name wins."""
    found: int | None = first(body, "max_completion_tokens", "max_tokens")
    return found


def _choice(content: str | None, reason: str | None) -> Choice:
    delta = {} if content is None else {"content": content}
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    if asked.json.get("stream"):
        return streamed(plan, events(asked, plan), "text/event-stream")
    message: Choice = {"message": {"role": "assistant", "content": text(plan)}}
    return whole(plan, document(plan, envelope(asked, "chatcmpl", "chat.completion"), message))


SHAPE = Shape(re.compile("/v1/chat/completions"), limit, _answer)
