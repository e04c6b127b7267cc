"""Bedrock's Converse: events that all of its models share."""

from __future__ import annotations

from typing import Any

from pytest_fmbench.testing.shapes.event_stream import event
from tests.support.dialects.base import CONTENT, REASONING, TOOL, Piece, Said, Spoken, compact, whole
from tests.support.dialects.frames import BROKEN

_CONVERSE = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html"
ASKED = {
    "messages": [{"role": "user", "content": [{"text": "Grüße?"}]}],
    "system": [{"text": "Be brief."}],
    "inferenceConfig": {"maxTokens": 7},
}
_USAGE = {
    "inputTokens": 5,
    "outputTokens": 4,
    "totalTokens": 31,
    "cacheReadInputTokens": 20,
    "cacheWriteInputTokens": 2,
}


def _event(name: str, said: dict[str, Any], kind: str = "", tokens: int = 1) -> Piece:
    return Piece(event(name, compact({**said, "p": "abcdefghijklm"})), kind, tokens)


def _delta(of: str, kind: str = "", **delta: Any) -> Piece:
    return _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {of: delta or None}}, kind)


def _text(text: str) -> Piece:
    return _event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}, CONTENT)


def _stop(reason: str) -> list[Piece]:
    return [_event("contentBlockStop", {"contentBlockIndex": 0}), _event("messageStop", {"stopReason": reason})]


def _totals(usage: dict[str, Any]) -> Piece:
    return _event("metadata", {"usage": usage, "metrics": {"latencyMs": 551}})


_STARTED = _event("messageStart", {"role": "assistant"})


def _converse_document(*blocks: dict[str, Any], reason: str = "end_turn") -> dict[str, Any]:
    message = {"role": "assistant", "content": list(blocks)}
    return {"output": {"message": message}, "stopReason": reason, "usage": _USAGE, "metrics": {"latencyMs": 551}}


_TEXTS = ("Hel", "lo", ' "ü')
_TIMINGS = {"latencyMs": 551, "cacheWriteInputTokens": 2}
_WHOLE: dict[str, Any] = {
    "finish_reason": "end_turn",
    "input_tokens": 27,
    "output_tokens": 4,
    "cached_tokens": 20,
    "timings": _TIMINGS,
}

SPOKEN = {
    "bedrock-converse": Spoken(
        _CONVERSE,
        "/model/m/converse-stream",
        ASKED,
        {
            "content": Said([_STARTED, *map(_text, _TEXTS), *_stop("end_turn"), _totals(_USAGE)], 4, **_WHOLE),
            "limited": Said([_STARTED, _text("Hi"), *_stop("max_tokens")], 1, "max_tokens"),
            "reasoning": Said(
                [
                    _delta("reasoningContent", REASONING, text="I need"),
                    _delta("reasoningContent", REASONING, text=" the GCD"),
                    _delta("reasoningContent", signature="EqQBCgIYAhIM1gbcDa9GJwZA2b3h"),
                    _delta("reasoningContent", redactedContent="AAAA"),
                    _text("21"),
                    *_stop("max_tokens"),
                    _totals({"inputTokens": 5, "outputTokens": 3, "totalTokens": 8}),
                ],
                3,
                "max_tokens",
                input_tokens=5,
                output_tokens=3,
                timings={"latencyMs": 551},
            ),
            "tools": Said(
                [
                    _event("contentBlockStart", {"start": {"toolUse": {"toolUseId": "t", "name": "weather"}}}, TOOL),
                    _delta("toolUse", input=""),
                    _delta("toolUse", TOOL, input='{"place":'),
                    _delta("toolUse", TOOL, input='"Rome"}'),
                    *_stop("tool_use"),
                ],
                3,
                "tool_use",
            ),
            "what may come to be": Said(
                [_event("citation", {"x": 1}), _text("Hi"), _delta("citation", title="a"), *_stop("max_tokens")],
                1,
                "max_tokens",
            ),
        },
        ([_text("Hello"), BROKEN[0]], BROKEN[1]),
        framed=lambda junk: event("contentBlockDelta", junk),
    ),
    "bedrock-converse-whole": Spoken(
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
        "/model/m/converse",
        ASKED,
        {
            "content": Said(whole(_converse_document({"text": "Hello"}), CONTENT, tokens=3), 4, **_WHOLE),
            "tools": Said(
                whole(_converse_document({"toolUse": {"name": "weather", "input": {}}}), TOOL, tokens=3), 4, **_WHOLE
            ),
            "reasoning": Said(
                whole(_converse_document({"reasoningContent": {"reasoningText": {"text": "a"}}}), REASONING, tokens=3),
                4,
                **_WHOLE,
            ),
        },
        (whole({"message": "The model broke"}), "The model broke"),
        streamed=False,
    ),
}
