"""What OpenAI's two wire forms have in common: events, usage, ``[DONE]``.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, compact
from pytest_fmbench.testing.shapes.base import MOMENT, WORDS, first

Choice = dict[str, object]
DONE = b"data: [DONE]\n\n"

_TEXT = "<text>"  # stands for a token's text, so that JSON is written once a request and not once a token


def event(document: object) -> bytes:
    """A server-sent event."""
    return b"data: %b\n\n" % compact(document)


def finish(plan: Plan) -> str:
    """Why the reply ends."""
    return "length" if plan.limited else "stop"


def usage(plan: Plan) -> dict[str, int]:
    """How many tokens there were."""
    total = plan.input_tokens + plan.tokens
    return {"prompt_tokens": plan.input_tokens, "completion_tokens": plan.tokens, "total_tokens": total}


def envelope(asked: Asked, prefix: str, kind: str) -> dict[str, Any]:
    """What each event, or the whole document, begins with."""
    model = asked.json.get("model", "mock")
    return {"id": f"{prefix}-{asked.index}", "object": kind, "created": MOMENT, "model": model}


def pieces(
    asked: Asked, plan: Plan, same: dict[str, Any], choice: Callable[[str | None, str | None], Choice]
) -> Pieces:
    """The events after any opening one; ``choice`` makes one of a token's text, or of the finish reason."""
    before, _, after = one(asked, same, choice(_TEXT, None)).rpartition(_TEXT.encode())
    tokens = (before + word.encode() + after for word in WORDS)
    total = event({**same, "choices": [], "usage": usage(plan)}) if _counted(asked) else b""
    return Pieces(b"", tokens, one(asked, same, choice(None, finish(plan))) + total + DONE)


def one(asked: Asked, same: dict[str, Any], choice: Choice) -> bytes:
    """An event with this choice; its usage is null where the last one's is asked for."""
    return event({**same, "choices": [choice], **({"usage": None} if _counted(asked) else {})})


def _counted(asked: Asked) -> bool:
    return bool(first(asked.json, "stream_options.include_usage"))


def document(plan: Plan, same: dict[str, Any], choice: Choice) -> dict[str, Any]:
    """The reply that is not streamed."""
    return {**same, "choices": [{"index": 0, **choice, "finish_reason": finish(plan)}], "usage": usage(plan)}
