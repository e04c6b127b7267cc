"""Replies that are not as usual, and what becomes of their requests."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import DIALECTS
from pytest_fmbench.model.record import RequestRecord
from tests.support.dialects.base import Piece, compact, line, named, sse
from tests.support.recordings import framed, record_of, recorded

DELTA = named({"type": "response.output_text.delta", "delta": "a"})
TENSOR = {"name": "text_output", "datatype": "BYTES", "shape": [1], "data": [""]}


def decoded(name: str, *pieces: Piece) -> RequestRecord:
    body = b"".join(piece.data for piece in pieces)
    return record_of(recorded(framed(body, []), []), DIALECTS[name]())


def document(said: object) -> Piece:
    return Piece(compact(said))


@pytest.mark.parametrize(
    ("name", "pieces", "error"),
    [
        (
            "openai-responses",
            [DELTA, named({"type": "response.failed", "response": {"status": "failed", "error": {"message": "boom"}}})],
            "status: error event in the stream: boom",
        ),
        ("openai-responses", [DELTA, named({"type": "error"})], "status: error event in the stream: unknown"),
        ("openai-responses", [DELTA, sse({"error": {"message": "boom"}})], "status: error event in the stream: boom"),
        ("openai-responses", [DELTA, named({"type": "response.completed"})], "protocol: unreadable event"),
        ("anthropic-messages", [sse({"error": "boom"})], "status: error event in the stream: boom"),
        ("anthropic-messages", [sse({"type": "message_start"})], "protocol: unreadable event"),
        ("openai-embeddings", [document({"data": []})], "protocol: empty reply"),
        ("openai-embeddings", [document({"data": [{"embedding": ""}]})], "protocol: empty reply"),
        ("openai-embeddings", [document({"data": [{"index": 0}]})], "protocol: unreadable event"),
        ("hf-inputs-whole", [document([{"generated_text": "a"}] * 2)], "protocol: unreadable event"),
        ("hf-inputs-whole", [document({"generated_text": ""})], "protocol: empty reply"),
        ("kserve-v2", [document({"outputs": [TENSOR]})], "protocol: empty reply"),
        ("kserve-v2", [document({"outputs": [TENSOR, {**TENSOR, "name": "n", "data": [1]}]})], "protocol: empty reply"),
        ("kserve-v2", [document({"outputs": [{"name": "a"}]})], "protocol: unreadable event"),
        ("triton-generate", [], "truncated: the stream ended without a finish reason after 0 chunks"),
        ("triton-generate", [sse({"text_output": ""})], "protocol: empty reply"),
        ("triton-generate-whole", [document({"text_output": ""})], "protocol: empty reply"),
        ("ollama-chat", [line({"message": {"content": "a"}}), Piece(b"\n")], "truncated: "),
    ],
)
def test_what_is_wrong_is_told(name: str, pieces: list[Piece], error: str) -> None:
    found = decoded(name, *pieces)
    assert found.status == "failed"
    assert (found.error or "").startswith(error)


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("ollama-generate", line({"response": "a", "done": True})),
        ("llamacpp-completion", sse({"content": "a", "stop": True})),
        ("openai-embeddings", document({"data": [{"embedding": "AACAPwAAAEA="}]})),
        ("openai-responses", named({"type": "response.output_text.delta", "delta": "a"})),
    ],
)
def test_what_is_not_told_is_not_known(name: str, piece: Piece) -> None:
    ended = [named({"type": "response.completed", "response": {"status": "completed"}})]
    found = decoded(name, piece, *(ended if name == "openai-responses" else ()))
    assert (found.status, found.error) == ("ok", None)
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (None, None, None)
    assert found.server_timings is None


def test_vllms_word_for_no_reason_yet_is_none() -> None:
    found = decoded("triton-generate", sse({"text_output": "a", "finish_reason": "None", "num_output_tokens": 1}))
    assert (found.status, found.finish_reason, found.output_tokens) == ("ok", None, 1)
