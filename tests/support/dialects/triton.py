"""Triton's generate extension, and KServe's v2 protocol."""

from __future__ import annotations

from typing import Any

from tests.support.dialects.base import CONTENT, TEXT, Piece, Said, Spoken, sse, whole

_EXTENSION = "https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/"
_SEQUENCE = {"sequence_end": False, "sequence_id": 0, "sequence_start": False}


def _said(text: str, **more: Any) -> Piece:
    return sse({"model_name": "m", "model_version": "1", **more, "text_output": text}, CONTENT if text else "")


def _counted(text: str, tokens: int, reason: str = "None") -> Piece:
    said = {"finish_reason": reason, "num_input_tokens": 9, "num_output_tokens": tokens, "text_output": text}
    return sse(said, CONTENT if text else "", tokens=tokens)


def _so_far(text: str, reason: str = "None", *, new: bool = False) -> Piece:
    return sse({"finish_reason": reason, "model_name": "m", "text_output": text}, CONTENT if new else "")


def _tensor(name: str, datatype: str, data: list[Any]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [1, len(data)], "data": data}


def _inferred(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"id": "42", "model_name": "m", "model_version": "1", "outputs": [*outputs]}


SPOKEN = {
    "triton-generate": Spoken(
        f"{_EXTENSION}extension_generate.html",
        "/v2/models/m/generate_stream",
        {"text_input": TEXT, "max_tokens": 7, "stream": True},
        {
            "content": Said([*map(_said, ("Hel", "lo", ' "', "!")), _said("")], 4),
            "TensorRT-LLM": Said([_said(text, cum_log_probs=0.0, **_SEQUENCE) for text in ("I", " am", " an")], 3),
            "vLLM": Said(
                [_counted("Hel", 1), _counted("lo you", 2), _counted("", 1, "stop")],
                4,
                "stop",
                input_tokens=9,
                output_tokens=4,
            ),
            "open inference": Said([_said("Hi", details={"finish_reason": "length", "logprobs": None})], 1, "length"),
        },
        ([_said("Hel"), sse({"error": "error during inference"})], "error during inference"),
        ends=False,
    ),
    "triton-generate-whole": Spoken(
        f"{_EXTENSION}extension_generate.html",
        "/v2/models/m/generate",
        {"text_input": TEXT, "max_tokens": 7, "stream": False},
        {
            "content": Said(whole({"model_name": "m", "model_version": "1", "text_output": "Hello"}, CONTENT), 1),
            "vLLM": Said(
                whole(
                    {"finish_reason": "stop", "num_input_tokens": 9, "num_output_tokens": 4, "text_output": "Hello"},
                    CONTENT,
                    tokens=3,
                ),
                4,
                "stop",
                input_tokens=9,
                output_tokens=4,
            ),
        },
        (whole({"error": "expected a single response, got 2"}), "expected a single response, got 2"),
        streamed=False,
    ),
    "triton-llmapi": Spoken(
        "https://github.com/triton-inference-server/tensorrtllm_backend/blob/main/docs/llmapi.md",
        "/v2/models/m/generate_stream",
        {
            "text_input": TEXT,
            "sampling_param_max_tokens": 7,
            "sampling_param_exclude_input_from_output": True,
            "streaming": True,
        },
        {
            "content": Said([_said("Hel"), _said("Hello"), _said('Hello "'), _said('Hello "!')], 4),
            "reasons": Said(
                [_so_far("Hel", new=True), _so_far("Hello", new=True), _so_far("Hello", "stop")], 3, "stop"
            ),
        },
        ([_said("Hel"), sse({"error": "Error generating request"})], "Error generating request"),
        ends=False,
        grows=True,
    ),
    "kserve-v2": Spoken(
        "https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol",
        "/v2/models/m/infer",
        {
            "inputs": [
                {"name": "text_input", "shape": [1, 1], "datatype": "BYTES", "data": [TEXT]},
                {"name": "max_tokens", "shape": [1, 1], "datatype": "INT32", "data": [7]},
            ]
        },
        {
            "content": Said(whole(_inferred(_tensor("text_output", "BYTES", ["Hello"])), CONTENT), 1),
            "counted": Said(
                whole(
                    _inferred(
                        _tensor("cum_log_probs", "FP32", [0.0]),
                        _tensor("text_output", "BYTES", [["Hello"]]),
                        _tensor("num_input_tokens", "INT32", [9]),
                        _tensor("num_output_tokens", "INT32", [[2]]),
                    ),
                    CONTENT,
                    tokens=2,
                ),
                2,
                input_tokens=9,
                output_tokens=2,
            ),
            "numbers": Said(whole(_inferred(_tensor("output-0", "FP32", [0.0, 1.5])), CONTENT, tokens=0), 0),
        },
        (whole({"error": "unexpected shape for input"}), "unexpected shape for input"),
        streamed=False,
    ),
}
