"""KServe's v2 protocol over gRPC, as Triton speaks it."""

from __future__ import annotations

import struct
from typing import Any

from tests.support.dialects.base import CONTENT, TEXT, Piece, Said, Spoken
from tests.support.protobuf import fields, grpc_message, held, packed

_PROTO = "https://github.com/triton-inference-server/common/blob/main/protobuf/grpc_service.proto"
_LAST = "triton_final_response"
_LETTERS = {"INT32": "<i", "UINT32": "<I", "FP32": "<f"}

Tensor = tuple[str, str, Any]
"""Name, datatype and the one element."""


def asked_tensors(request: bytes) -> dict[str, Any]:
    """A ``ModelInferRequest``: the model, and the element of each tensor."""
    found: dict[str, Any] = {}
    for number, value in fields(request):
        assert isinstance(value, bytes)
        if number == 1:
            found["model"] = value.decode()
        if number == 5:
            tensor = dict(fields(value))
            name, contents = tensor[1], tensor[5]
            assert isinstance(name, bytes)
            assert isinstance(contents, bytes)
            found[name.decode()] = _element(contents)
    return found


def _element(contents: bytes) -> Any:
    ((number, value),) = fields(contents)
    assert isinstance(value, bytes)
    if number == 8:
        return value.decode()
    (found,) = packed(value)
    return bool(found) if number == 1 else found


def infer_response(*tensors: Tensor, last: bool | None = None, raw: bool = True) -> bytes:
    """A ``ModelInferResponse``; its tensors in raw bytes, as Triton sends them, or as repeated fields."""
    told = b"" if last is None else held(4, held(1, _LAST) + held(2, held(1, int(last))))
    outputs = b"".join(
        held(5, held(1, name) + held(2, datatype) + held(3, b"\x01") + (b"" if raw else held(5, held(8, element))))
        for name, datatype, element in tensors
    )
    contents = b"".join(held(6, _raw(datatype, element)) for _, datatype, element in tensors) if raw else b""
    return held(1, "m") + held(2, "1") + told + outputs + contents


def _raw(datatype: str, element: Any) -> bytes:
    if datatype == "BYTES":
        data: bytes = element.encode()
        return struct.pack("<I", len(data)) + data
    return struct.pack(_LETTERS[datatype], element)


def stream_response(*tensors: Tensor, last: bool | None = None, error: str = "", raw: bool = True) -> bytes:
    """A ``ModelStreamInferResponse``."""
    if error:
        return held(1, error) + held(2, held(1, "m"))
    return held(2, infer_response(*tensors, last=last, raw=raw))


def _said(text: str, *more: Tensor, last: bool | None = None, raw: bool = True, tokens: int = 1) -> Piece:
    response = stream_response(("text_output", "BYTES", text), *more, last=last, raw=raw)
    return Piece(grpc_message(response), CONTENT if text else "", tokens)


def _counted(text: str, tokens: int, reason: str = "None", *, last: bool = False) -> Piece:
    counts: list[Tensor] = [("num_input_tokens", "UINT32", 9), ("num_output_tokens", "UINT32", tokens)]
    return _said(text, ("finish_reason", "BYTES", reason), *counts, last=last, tokens=tokens)


_END = Piece(grpc_message(stream_response(last=True)))
_ERROR = Piece(grpc_message(stream_response(error="error during inference")))
_REPLIES = {
    "content": Said([*(_said(text, last=False) for text in ("Hel", "lo", ' "', "!")), _END], 4),
    "TensorRT-LLM": Said(
        [*(_said(text, ("cum_log_probs", "FP32", -0.5), last=False) for text in ("I", " am")), _said("", last=True)], 2
    ),
    "vLLM": Said(
        [_counted("Hel", 1), _counted("lo you", 2), _counted("", 1, "stop", last=True)],
        4,
        "stop",
        input_tokens=9,
        output_tokens=4,
    ),
    "repeated fields": Said([_said("Hi", last=True, raw=False)], 1),
}


def _whole(*tensors: Tensor, tokens: int = 1) -> list[Piece]:
    return [Piece(grpc_message(infer_response(*tensors)), CONTENT, tokens)]


def _spoken(method: str, asked: dict[str, Any], replies: dict[str, Said], error: list[Piece], **how: Any) -> Spoken:
    return Spoken(
        _PROTO,
        f"/inference.GRPCInferenceService/{method}",
        {"model": "m", "text_input": TEXT, **asked},
        replies,
        (error, "error during inference"),
        framed=grpc_message,
        read_asked=asked_tensors,
        **how,
    )


_TOLD = dict.fromkeys(("return_finish_reason", "return_num_input_tokens", "return_num_output_tokens"), True)
SPOKEN = {
    "kserve-v2-grpc": _spoken(
        "ModelInfer",
        {"max_tokens": 7},
        {
            "content": Said(_whole(("text_output", "BYTES", "Hello")), 1),
            "counted": Said(
                _whole(
                    ("cum_log_probs", "FP32", 0.0),
                    ("text_output", "BYTES", "Hello"),
                    ("num_input_tokens", "INT32", 9),
                    ("num_output_tokens", "INT32", 2),
                    tokens=2,
                ),
                2,
                input_tokens=9,
                output_tokens=2,
            ),
            "numbers": Said(_whole(("output-0", "FP32", 1.5), tokens=0), 0),
        },
        [],
        streamed=False,
    ),
    "triton-grpc": _spoken("ModelStreamInfer", {"max_tokens": 7, "stream": True}, _REPLIES, [_said("Hel"), _ERROR]),
    "triton-grpc-vllm": _spoken(
        "ModelStreamInfer",
        {"stream": True, "sampling_parameters": '{"max_tokens":7}', **_TOLD},
        _REPLIES,
        [_said("Hel"), _ERROR],
    ),
}
