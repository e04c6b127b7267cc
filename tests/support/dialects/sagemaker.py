"""SageMaker: what containers say, in parts of an event stream."""

from __future__ import annotations

from dataclasses import replace

from pytest_fmbench.testing.shapes.event_stream import event
from tests.support.dialects import hf, openai, triton
from tests.support.dialects.base import CONTENT, Piece, Said, Spoken
from tests.support.dialects.frames import exception

_PARTS = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_ResponseStream.html"


def _part(data: bytes, kind: str = "", tokens: int = 1) -> Piece:
    return Piece(event("PayloadPart", data, "application/octet-stream"), kind, tokens)


def _in_parts(said: Said) -> Said:
    """The same, each piece of which came in a part."""
    return replace(said, pieces=[_part(piece.data, piece.kind, piece.tokens) for piece in said.pieces])


_HELLO = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n'
_ENDED = b'data: {"choices":[{"delta":{},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'
_STREAM_BROKEN = exception("ModelStreamError", "the model took too long", "Message")

SPOKEN = {
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
