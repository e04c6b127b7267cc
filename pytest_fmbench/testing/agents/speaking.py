"""What a model says, in OpenAI's chat form: text word by word, and tool calls in pieces of their JSON.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_fmbench.testing.agents.policy import Said
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, streamed, whole
from pytest_fmbench.testing.shapes.openai import DONE, envelope, event, one
from pytest_fmbench.testing.steps import Step

_PIECE = 5
"""Characters of arguments that are one token."""

Delta = dict[str, Any]


def tokens_of(said: Said) -> list[Delta]:
    """What is said as a delta a token; the first of a call has its name."""
    texts = [{"content": word} for word in re.findall(r"\s*\S+", said.text)]
    return [*texts, *(delta for nth in range(len(said.calls)) for delta in _call(nth, said))]


def spoken(asked: Asked, plan: Plan, deltas: Sequence[Delta], cached: int) -> Iterable[Step]:
    """The response: as many tokens as the plan has.

    :param cached: input tokens that are told to have been in a cache.
    """
    cut = len(deltas) > plan.tokens
    deltas = deltas[: plan.tokens]
    reason = "length" if cut else "tool_calls" if "tool_calls" in deltas[-1] else "stop"
    usage = _usage(plan, cached)
    if not asked.json.get("stream"):
        choice = {"index": 0, "message": _message(deltas), "finish_reason": reason}
        return whole(plan, {**envelope(asked, "chatcmpl", "chat.completion"), "choices": [choice], "usage": usage})
    same = envelope(asked, "chatcmpl", "chat.completion.chunk")
    tokens = [one(asked, same, _choice(delta)) for delta in deltas]
    closing = one(asked, same, _choice({}, reason)) + event({**same, "choices": [], "usage": usage}) + DONE
    opening = one(asked, same, _choice({"role": "assistant", "content": None}))
    return streamed(plan, Pieces(opening, tokens, closing), "text/event-stream")


def _call(nth: int, said: Said) -> Iterator[Delta]:
    call = said.calls[nth]
    begin = {"index": nth, "id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": ""}}
    yield {"tool_calls": [begin]}
    for at in range(0, len(call.arguments), _PIECE):
        piece = {"arguments": call.arguments[at : at + _PIECE]}
        yield {"tool_calls": [{"index": nth, "function": piece}]}


def _message(deltas: Sequence[Delta]) -> Delta:
    """The same in one piece."""
    text = "".join(delta.get("content", "") for delta in deltas)
    calls: list[Delta] = []
    for delta in deltas:
        for piece in delta.get("tool_calls", ()):
            if "id" in piece:
                calls.append({**piece, "function": dict(piece["function"])})
                del calls[-1]["index"]
            else:
                calls[-1]["function"]["arguments"] += piece["function"]["arguments"]
    return {"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})}


def _choice(delta: Delta, reason: str | None = None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "finish_reason": reason}


def _usage(plan: Plan, cached: int) -> dict[str, object]:
    total = plan.input_tokens + plan.tokens
    counts = {"prompt_tokens": plan.input_tokens, "completion_tokens": plan.tokens, "total_tokens": total}
    return {**counts, "prompt_tokens_details": {"cached_tokens": cached}}
