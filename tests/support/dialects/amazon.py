"""Bedrock and SageMaker: event streams, and what models and containers say inside."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

from pytest_fmbench.testing.shapes.event_stream import event, frame
from tests.support.dialects import hf, openai, triton
from tests.support.dialects.base import (
    CONTENT,
    MESSAGES,
    REASONING,
    TEXT,
    TOOL,
    Piece,
    Said,
    Spoken,
    compact,
    whole,
)

_CONVERSE = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html"
_PARAMETERS = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-{}.html"
_PARTS = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_ResponseStream.html"
_INVOKED = "/model/m/invoke-with-response-stream"
_ASKED = {
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
_METRICS = {"inputTokenCount": 9, "outputTokenCount": 3, "invocationLatency": 880, "firstByteLatency": 402}
_MADE = {"output_tokens": 3}
_TIMED = {"amazon-bedrock-invocationMetrics": _METRICS}


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


def _chunked(payload: bytes) -> bytes:
    return event("chunk", compact({"bytes": b64encode(payload).decode(), "p": "abcd"}))


def _chunk(said: dict[str, Any], kind: str = "", tokens: int = 1) -> Piece:
    return Piece(_chunked(compact(said)), kind, tokens)


def _exception(name: str, message: str, spelled: str = "message") -> Piece:
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return Piece(frame(headers, compact({spelled: message})))


def _part(data: bytes, kind: str = "", tokens: int = 1) -> Piece:
    return Piece(event("PayloadPart", data, "application/octet-stream"), kind, tokens)


def _in_parts(said: Said) -> Said:
    """The same, each piece of which came in a part."""
    return replace(said, pieces=[_part(piece.data, piece.kind, piece.tokens) for piece in said.pieces])


_STARTED = _event("messageStart", {"role": "assistant"})
_BROKEN = (_exception("modelStreamErrorException", "the model broke"), "modelStreamErrorException: the model broke")


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

BEDROCK = {
    "bedrock-converse": Spoken(
        _CONVERSE,
        "/model/m/converse-stream",
        _ASKED,
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
        ([_text("Hello"), _BROKEN[0]], _BROKEN[1]),
        framed=lambda junk: event("contentBlockDelta", junk),
    ),
    "bedrock-converse-whole": Spoken(
        "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
        "/model/m/converse",
        _ASKED,
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
        ([_chunk({"type": "content_block_delta", "delta": {"text": "Hel"}}, CONTENT), _BROKEN[0]], _BROKEN[1]),
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
        ([_chunk({"choices": [{"delta": {"content": "Hi"}}]}, CONTENT), _BROKEN[0]], _BROKEN[1]),
        framed=_chunked,
    ),
    "bedrock-invoke-nova": Spoken(
        "https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html",
        _INVOKED,
        {"schemaVersion": "messages-v1", **_ASKED},
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
        ([_chunk({"contentBlockDelta": {"delta": {"text": "Hel"}}}, CONTENT), _BROKEN[0]], _BROKEN[1]),
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
        ([_chunk({"generation": "Hel", "generation_token_count": 1}, CONTENT), _BROKEN[0]], _BROKEN[1]),
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
        ([_chunk({"outputs": [{"text": "Hel"}]}, CONTENT), _BROKEN[0]], _BROKEN[1]),
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
        ([_chunk({"outputText": "Hel"}, CONTENT), _BROKEN[0]], _BROKEN[1]),
        framed=_chunked,
    ),
}

_HELLO = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'
_ENDED = b'data: {"choices":[{"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'
_STREAM_BROKEN = _exception("ModelStreamError", "the model took too long", "Message")

SAGEMAKER = {
    "sagemaker-messages": Spoken(
        _PARTS,
        "/invocations-response-stream",
        openai.SPOKEN["openai-chat"].asked,
        {
            **{name: _in_parts(said) for name, said in openai.SPOKEN["openai-chat"].replies.items()},
            "cut anywhere": Said(
                [
                    _part(_HELLO[:9]),
                    _part(b""),
                    _part(_HELLO[9:] + _HELLO[:5], CONTENT),
                    _part(_HELLO[5:], CONTENT),
                    _part(_ENDED[:30]),
                    _part(_ENDED[30:]),
                ],
                2,
                "length",
            ),
            "lines": Said(
                [
                    _part(b'{"choices":[{"delta":{"content":"Hello"}}]}\n', CONTENT),
                    _part(b'{"choices":[{"delta":{},"finish_reason":"length"}]}\n'),
                ],
                1,
                "length",
            ),
        },
        ([_part(_HELLO, CONTENT), _STREAM_BROKEN], "ModelStreamError: the model took too long"),
        "/endpoints/m",
        framed=lambda junk: _part(b"data: " + junk + b"\n\n").data,
    ),
    "sagemaker-messages-whole": replace(
        openai.SPOKEN["openai-chat-whole"], path="/invocations", base_path="/endpoints/m"
    ),
    "sagemaker-inputs": Spoken(
        _PARTS,
        "/invocations-response-stream",
        hf.SPOKEN["hf-inputs"].asked,
        {name: _in_parts(said) for name, said in hf.SPOKEN["hf-inputs"].replies.items()},
        (
            [_in_parts(hf.SPOKEN["hf-inputs"].replies["content"]).pieces[0], _STREAM_BROKEN],
            "ModelStreamError: the model took too long",
        ),
        "/endpoints/m",
        framed=lambda junk: _part(junk + b"\n").data,
    ),
    "sagemaker-inputs-whole": replace(hf.SPOKEN["hf-inputs-whole"], path="/invocations", base_path="/endpoints/m"),
    "sagemaker-generate": Spoken(
        _PARTS,
        "/invocations-response-stream",
        triton.SPOKEN["triton-generate"].asked,
        {name: _in_parts(said) for name, said in triton.SPOKEN["triton-generate"].replies.items()},
        (
            [_in_parts(triton.SPOKEN["triton-generate"].replies["content"]).pieces[0], _STREAM_BROKEN],
            "ModelStreamError: the model took too long",
        ),
        "/endpoints/m",
        ends=False,
        framed=lambda junk: _part(b"data: " + junk + b"\n\n").data,
    ),
    "sagemaker-generate-whole": replace(
        triton.SPOKEN["triton-generate-whole"], path="/invocations", base_path="/endpoints/m"
    ),
    "sagemaker-infer": replace(triton.SPOKEN["kserve-v2"], path="/invocations", base_path="/endpoints/m"),
}

SPOKEN = {**BEDROCK, **SAGEMAKER}
