"""TGI's stream, and what containers of SageMaker answer to ``inputs`` and ``parameters``."""

from __future__ import annotations

from typing import Any

from tests.support.dialects.base import CONTENT, TEXT, Piece, Said, Spoken, compact, line, sse, whole

_DJL = "https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/lmi_input_output_schema.html"


def _token(index: int, text: str, *, special: bool = False, **last: Any) -> dict[str, Any]:
    token = {"id": 100 + index, "text": text, "logprob": -0.5, "special": special}
    return {"index": index, "token": token, "generated_text": None, "details": None, **last}


def _last(text: str, reason: str, tokens: int) -> dict[str, Any]:
    details = {"finish_reason": reason, "generated_tokens": tokens, "seed": None, "input_length": 9}
    return {"generated_text": text, "details": details}


def _event(said: object, kind: str = CONTENT, tokens: int = 1) -> Piece:
    return sse(said, kind, tokens=tokens, begin=b"data:")


def _line(text: str, **last: Any) -> dict[str, Any]:
    return {"token": {"id": 304, "text": text, "log_prob": -0.05}, **last}


_DETAILS = {"finish_reason": "length", "generated_tokens": 2, "inputs": TEXT}
_LIMITED = Said(
    [_event(_token(1, "Hel")), Piece(b":\n\n"), _event(_token(2, "lo", **_last("Hello", "length", 2)))],
    2,
    "length",
    input_tokens=9,
    output_tokens=2,
)
_DOCUMENT = {"generated_text": "Hello", "details": {**_DETAILS, "tokens": []}}
_ASKED = {"inputs": TEXT, "parameters": {"max_new_tokens": 7, "details": True, "return_full_text": False}}

SPOKEN = {
    "tgi-generate": Spoken(
        "https://huggingface.co/docs/text-generation-inference/reference/api_reference",
        "/generate_stream",
        {"inputs": TEXT, "parameters": {"max_new_tokens": 7, "details": True}},
        {
            "content": _LIMITED,
            "stopped": Said(
                [
                    _event(_token(1, "Hi")),
                    _event(_token(2, "</s>", special=True, **_last("Hi", "eos_token", 2)), ""),
                ],
                2,
                "eos_token",
                input_tokens=9,
                output_tokens=2,
            ),
            "half characters": Said(
                [
                    _event(_token(1, "a")),
                    _event(_token(2, ""), ""),
                    _event(_token(3, "🙂"), tokens=2),
                    _event(_token(4, "b", **_last("a🙂b", "stop_sequence", 4))),
                ],
                4,
                "stop_sequence",
                input_tokens=9,
                output_tokens=4,
            ),
        },
        (
            [
                _event(_token(1, "Hel")),
                _event({"error": "Request failed during generation", "error_type": "generation"}, ""),
            ],
            "Request failed during generation",
        ),
    ),
    "hf-inputs": Spoken(
        _DJL,
        "/invocations",
        {**_ASKED, "stream": True},
        {
            "content": Said(
                [line(_line("Hel"), CONTENT), line(_line("lo", generated_text="Hello", details=_DETAILS), CONTENT)],
                2,
                "length",
                output_tokens=2,
            ),
            "events": _LIMITED,
            "without a last line's end": Said(
                [line(_line("Hi"), CONTENT), Piece(compact(_line("!", generated_text="Hi!")), CONTENT)], 2
            ),
            "dynamic batches": Said([line({"outputs": [text]}, CONTENT) for text in ("This", "is", "it")], 3),
        },
        (
            [
                line(_line("Hel"), CONTENT),
                line(
                    {
                        "token": {"id": -1, "text": "", "log_prob": -1, "special_token": True},
                        "generated_text": "",
                        "details": {"finish_reason": "error", "generated_tokens": None, "inputs": None},
                    }
                ),
            ],
            "finish reason 'error'",
        ),
    ),
    "hf-inputs-whole": Spoken(
        _DJL,
        "/invocations",
        _ASKED,
        {
            "content": Said(whole(_DOCUMENT, CONTENT, tokens=2), 2, "length", output_tokens=2),
            "list": Said(whole([_DOCUMENT], CONTENT, tokens=2), 2, "length", output_tokens=2),
            "bare": Said(whole([{"generated_text": "Hello"}], CONTENT), 1),
            "stopped": Said(
                whole({"generated_text": "Hello", **_last("Hello", "eos_token", 3)}, CONTENT, tokens=2),
                3,
                "eos_token",
                input_tokens=9,
                output_tokens=3,
            ),
        },
        (whole({"error": "Input validation error", "code": 424}), "Input validation error"),
        streamed=False,
    ),
}
