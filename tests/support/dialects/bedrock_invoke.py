"""Bedrock's own bodies, one form a family of models, each event in a chunk of base64."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from pytest_fmbench.testing.shapes.event_stream import event
from tests.support.dialects.base import CONTENT, MESSAGES, REASONING, TEXT, Piece, Said, Spoken, compact
from tests.support.dialects.bedrock_converse import ASKED
from tests.support.dialects.frames import BROKEN

_PARAMETERS = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-{}.html"
_INVOKED = "/model/m/invoke-with-response-stream"
_METRICS = {"inputTokenCount": 9, "outputTokenCount": 3, "invocationLatency": 880, "firstByteLatency": 402}
_MADE = {"output_tokens": 3}
_TIMED = {"amazon-bedrock-invocationMetrics": _METRICS}


def _chunked(payload: bytes) -> bytes:
    return event("chunk", compact({"bytes": b64encode(payload).decode(), "p": "abcd"}))


def _chunk(said: dict[str, Any], kind: str = "", tokens: int = 1) -> Piece:
    return Piece(_chunked(compact(said)), kind, tokens)


SPOKEN = {
    "bedrock-invoke-anthropic": Spoken(
        _PARAMETERS.format("anthropic-claude-messages"),
        _INVOKED,
        {
            "anthropic_version": "bedrock-2023-05-31",
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "Grüße?"}],
            "max_tokens": 7,
        },
        {
            "content": Said(
                [
                    _chunk({"type": "message_start", "message": {"usage": {"input_tokens": 9, "output_tokens": 1}}}),
                    _chunk({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                    _chunk({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hel"}}, CONTENT),
                    _chunk({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "lo"}}, CONTENT),
                    _chunk({"type": "content_block_stop", "index": 0}),
                    _chunk({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": _MADE}),
                    _chunk({"type": "message_stop", **_TIMED}),
                ],
                3,
                "end_turn",
                input_tokens=9,
                output_tokens=3,
                timings=_METRICS,
            )
        },
        ([_chunk({"type": "content_block_delta", "delta": {"text": "Hel"}}, CONTENT), BROKEN[0]], BROKEN[1]),
        framed=_chunked,
    ),
    "bedrock-invoke-openai": Spoken(
        _PARAMETERS.format("openai"),
        _INVOKED,
        {"messages": MESSAGES, "max_tokens": 7},
        {
            "content": Said(
                [
                    _chunk({"choices": [{"delta": {"role": "assistant", "content": ""}}]}),
                    _chunk({"choices": [{"delta": {"reasoning": "Well"}}]}, REASONING),
                    _chunk({"choices": [{"delta": {"content": "Hi"}}]}, CONTENT),
                    _chunk({"choices": [{"delta": {}, "finish_reason": "stop"}], **_TIMED}),
                ],
                3,
                "stop",
                input_tokens=9,
                output_tokens=3,
                timings=_METRICS,
            )
        },
        ([_chunk({"choices": [{"delta": {"content": "Hi"}}]}, CONTENT), BROKEN[0]], BROKEN[1]),
        framed=_chunked,
    ),
    "bedrock-invoke-nova": Spoken(
        "https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html",
        _INVOKED,
        {"schemaVersion": "messages-v1", **ASKED},
        {
            "content": Said(
                [
                    _chunk({"messageStart": {"role": "assistant"}}),
                    _chunk({"contentBlockDelta": {"delta": {"text": "Hel"}, "contentBlockIndex": 0}}, CONTENT),
                    _chunk({"contentBlockDelta": {"delta": {"text": "lo"}, "contentBlockIndex": 0}}, CONTENT),
                    _chunk({"contentBlockStop": {"contentBlockIndex": 0}}),
                    _chunk({"messageStop": {"stopReason": "end_turn"}}),
                    _chunk(
                        {
                            "metadata": {
                                "usage": {"inputTokens": 5, "outputTokens": 3, "cacheReadInputTokenCount": 4},
                                "metrics": {},
                            },
                            **_TIMED,
                        }
                    ),
                ],
                3,
                "end_turn",
                input_tokens=9,
                output_tokens=3,
                cached_tokens=4,
                timings=_METRICS,
            )
        },
        ([_chunk({"contentBlockDelta": {"delta": {"text": "Hel"}}}, CONTENT), BROKEN[0]], BROKEN[1]),
        framed=_chunked,
    ),
    "bedrock-invoke-llama": Spoken(
        _PARAMETERS.format("meta"),
        _INVOKED,
        {"prompt": TEXT, "max_gen_len": 7},
        {
            "content": Said(
                [
                    _chunk({"generation": "Hel", "prompt_token_count": 9, "generation_token_count": 1}, CONTENT),
                    _chunk({"generation": "lo", "prompt_token_count": None, "generation_token_count": 2}, CONTENT),
                    _chunk({"generation": "", "generation_token_count": 3, "stop_reason": "stop", **_TIMED}),
                ],
                3,
                "stop",
                input_tokens=9,
                output_tokens=3,
                timings=_METRICS,
            ),
            "half characters": Said(
                [
                    _chunk({"generation": "", "prompt_token_count": 9, "generation_token_count": 1}),
                    _chunk({"generation": "🙂", "generation_token_count": 2, "stop_reason": "length"}, CONTENT, 2),
                ],
                2,
                "length",
                input_tokens=9,
                output_tokens=2,
            ),
        },
        ([_chunk({"generation": "Hel", "generation_token_count": 1}, CONTENT), BROKEN[0]], BROKEN[1]),
        framed=_chunked,
    ),
    "bedrock-invoke-mistral": Spoken(
        _PARAMETERS.format("mistral-text-completion"),
        _INVOKED,
        {"prompt": TEXT, "max_tokens": 7},
        {
            "content": Said(
                [
                    _chunk({"outputs": [{"text": "Hel", "stop_reason": None}]}, CONTENT),
                    _chunk({"outputs": [{"text": "lo", "stop_reason": None}]}, CONTENT),
                    _chunk({"outputs": [{"text": "", "stop_reason": "stop"}], **_TIMED}),
                ],
                3,
                "stop",
                input_tokens=9,
                output_tokens=3,
                timings=_METRICS,
            )
        },
        ([_chunk({"outputs": [{"text": "Hel"}]}, CONTENT), BROKEN[0]], BROKEN[1]),
        framed=_chunked,
    ),
    "bedrock-invoke-titan": Spoken(
        _PARAMETERS.format("titan-text"),
        _INVOKED,
        {"inputText": TEXT, "textGenerationConfig": {"maxTokenCount": 7}},
        {
            "content": Said(
                [
                    _chunk({"outputText": "Hel", "index": 0, "completionReason": None}, CONTENT),
                    _chunk(
                        {
                            "outputText": "lo",
                            "index": 0,
                            "totalOutputTextTokenCount": 3,
                            "completionReason": "FINISH",
                            "inputTextTokenCount": 9,
                            **_TIMED,
                        },
                        CONTENT,
                    ),
                ],
                3,
                "FINISH",
                input_tokens=9,
                output_tokens=3,
                timings=_METRICS,
            )
        },
        ([_chunk({"outputText": "Hel"}, CONTENT), BROKEN[0]], BROKEN[1]),
        framed=_chunked,
    ),
}
