"""Bedrock: ``POST /model/ID/converse-stream`` and ``/model/ID/invoke-with-response-stream``.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
What is invoked without Converse speaks Anthropic's messages. Latencies are those of the schedule, in ms.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.responses import Pieces, compact, streamed
from pytest_fmbench.testing.shapes.base import WORDS, Shape, first, name_in
from pytest_fmbench.testing.shapes.event_stream import CONTENT_TYPE, event
from pytest_fmbench.testing.steps import Step

_BLOCK = {"contentBlockIndex": 0}
_INNER = {"X-Amzn-Bedrock-Content-Type": "application/json"}


def _answer(asked: Asked, plan: Plan) -> Iterable[Step]:
    if name_in(asked.path, 2) == "converse-stream":
        return streamed(plan, _converse(plan), CONTENT_TYPE)
    return streamed(plan, _invoke(asked, plan), CONTENT_TYPE, **_INNER)


def _converse(plan: Plan) -> Pieces:
    tokens = (_event("contentBlockDelta", {**_BLOCK, "delta": {"text": word}}) for word in WORDS)
    total = plan.input_tokens + plan.tokens
    usage = {"inputTokens": plan.input_tokens, "outputTokens": plan.tokens, "totalTokens": total}
    closing = (
        _event("contentBlockStop", _BLOCK),
        _event("messageStop", {"stopReason": _reason(plan)}),
        _event("metadata", {"usage": usage, "metrics": {"latencyMs": _ms(plan.at_s[-1])}}),
    )
    return Pieces(_event("messageStart", {"role": "assistant"}), tokens, b"".join(closing))


def _invoke(asked: Asked, plan: Plan) -> Pieces:
    used = {"input_tokens": plan.input_tokens, "output_tokens": 1}
    message = {"id": f"msg_{asked.index}", "type": "message", "role": "assistant", "content": [], "usage": used}
    opening = (
        _chunk("message_start", message={**message, "model": name_in(asked.path, 1), "stop_reason": None}),
        _chunk("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    )
    deltas = (_chunk("content_block_delta", index=0, delta={"type": "text_delta", "text": word}) for word in WORDS)
    ended = {"stop_reason": _reason(plan), "stop_sequence": None}
    closing = (
        _chunk("content_block_stop", index=0),
        _chunk("message_delta", delta=ended, usage={"output_tokens": plan.tokens}),
        _chunk("message_stop", **{"amazon-bedrock-invocationMetrics": _metrics(plan)}),
    )
    return Pieces(b"".join(opening), deltas, b"".join(closing))


def _metrics(plan: Plan) -> dict[str, int]:
    counts = {"inputTokenCount": plan.input_tokens, "outputTokenCount": plan.tokens}
    return {**counts, "invocationLatency": _ms(plan.at_s[-1]), "firstByteLatency": _ms(plan.at_s[0])}


def _chunk(kind: str, **fields: Any) -> bytes:  # noqa: ANN401  # any JSON
    return _event("chunk", {"bytes": b64encode(compact({"type": kind, **fields})).decode()})


def _event(kind: str, document: object) -> bytes:
    return event(kind, compact(document))


def _reason(plan: Plan) -> str:
    return "max_tokens" if plan.limited else "end_turn"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


SHAPE = Shape(
    re.compile("/model/[^/]+/(converse|invoke-with-response)-stream"),
    lambda body: first(body, "inferenceConfig.maxTokens", "max_tokens"),
    _answer,
)
