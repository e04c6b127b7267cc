from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_fmbench.testing import constant, healthy, serving
from pytest_fmbench.testing.shapes.event_stream import frame
from tests.unit.testing.talk import post

eventstream = pytest.importorskip("botocore.eventstream")

NAMES = st.text("abc:-", min_size=1, max_size=20)
HEADERS = st.dictionaries(NAMES, st.text(max_size=30), max_size=4)
MESSAGES = [{"role": "user", "content": "hello there"}]


def decoded(data: bytes) -> list[tuple[dict[str, Any], bytes]]:
    buffer = eventstream.EventStreamBuffer()
    buffer.add_data(data)
    return [(event.headers, event.payload) for event in buffer]


def said(shape: str, path: str, **body: Any) -> list[tuple[str, bytes]]:
    with serving(healthy(shape, ttft=constant(0.002), itl=constant(0.001))) as mock:
        reply = post(mock.port, path, **body)
    assert reply.headers["content-type"] == "application/vnd.amazon.eventstream"
    events = decoded(reply.body)
    assert {headers[":message-type"] for headers, _ in events} == {"event"}
    return [(headers[":event-type"], payload) for headers, payload in events]


@given(st.lists(st.tuples(HEADERS, st.binary(max_size=200)), max_size=4))
def test_what_is_encoded_is_decoded(messages: list[tuple[dict[str, str], bytes]]) -> None:
    assert decoded(b"".join(frame(headers, payload) for headers, payload in messages)) == messages


def test_sagemaker_wraps_the_containers_stream() -> None:
    body: dict[str, Any] = {"stream": True, "max_tokens": 3, "messages": MESSAGES}
    events = said("sagemaker", "/endpoints/e/invocations-response-stream", **body)
    assert [kind for kind, _ in events] == ["PayloadPart"] * 5
    with serving(healthy("openai-chat")) as mock:
        inner = post(mock.port, "/v1/chat/completions", **body).body
    assert b"".join(payload for _, payload in events) == inner


def test_bedrock_converses() -> None:
    path = "/model/anthropic.claude-v2%3A1/converse-stream"
    events = said("bedrock", path, messages=MESSAGES, inferenceConfig={"maxTokens": 2})
    assert [(kind, json.loads(payload)) for kind, payload in events] == [
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " the"}}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " quick"}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": "max_tokens"}),
        (
            "metadata",
            {"usage": {"inputTokens": 2, "outputTokens": 2, "totalTokens": 4}, "metrics": {"latencyMs": 3}},
        ),
    ]


def test_bedrock_invokes() -> None:
    events = said("bedrock", "/model/m/invoke-with-response-stream", messages=MESSAGES, max_tokens=1)
    assert {kind for kind, _ in events} == {"chunk"}
    inner = [json.loads(b64decode(json.loads(payload)["bytes"])) for _, payload in events]
    assert inner == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_0",
                "type": "message",
                "role": "assistant",
                "content": [],
                "usage": {"input_tokens": 2, "output_tokens": 1},
                "model": "m",
                "stop_reason": None,
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " the"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "max_tokens", "stop_sequence": None},
            "usage": {"output_tokens": 1},
        },
        {
            "type": "message_stop",
            "amazon-bedrock-invocationMetrics": {
                "inputTokenCount": 2,
                "outputTokenCount": 1,
                "invocationLatency": 2,
                "firstByteLatency": 2,
            },
        },
    ]
