"""OpenAI's responses, as OpenAI and llama.cpp write them."""

from __future__ import annotations

from typing import Any

from tests.support.dialects.base import CONTENT, MESSAGES, REASONING, TOOL, Piece, Said, Spoken, named, sse


def _event(kind: str, nth: int, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", **more, "sequence_number": nth}


def _delta(kind: str, nth: int, delta: str) -> dict[str, Any]:
    return _event(f"{kind}.delta", nth, item_id="item_1", output_index=0, delta=delta)


def _ended(status: str, timings: dict[str, Any] | None = None, **more: Any) -> Piece:
    usage = {
        "input_tokens": 37,
        "input_tokens_details": {"cached_tokens": 30},
        "output_tokens": 11,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 48,
    }
    beside = {"timings": timings} if timings else {}
    return named(_event(status, 99, response={"id": "resp_1", "status": status, "usage": usage, **more}, **beside))


def _timed(text: str, count: int) -> dict[str, Any]:
    return {**_LLAMACPP, "delta": text, "timings": {"predicted_n": count, "predicted_ms": 2.5}}


_OPENING = [
    named(_event("created", 0, response={"id": "resp_1", "status": "in_progress", "usage": None, "error": None})),
    named(_event("in_progress", 1, response={"id": "resp_1", "status": "in_progress"})),
    named(_event("output_item.added", 2, item={"id": "item_1", "type": "message", "content": []})),
    named(_event("content_part.added", 3, item_id="item_1", part={"type": "output_text", "text": ""})),
]
_CLOSING = [
    named(_event("output_text.done", 7, item_id="item_1", text="Hello")),
    named(_event("content_part.done", 8, item_id="item_1", part={"type": "output_text", "text": "Hello"})),
    named(_event("output_item.done", 9, item={"id": "item_1", "type": "message", "content": [{"text": "Hello"}]})),
]
_COUNTS = {"input_tokens": 37, "output_tokens": 11, "cached_tokens": 30, "reasoning_tokens": 0}
_LLAMACPP = {"type": "response.output_text.delta", "item_id": "msg_1"}
_TIMINGS = {"predicted_n": 5, "predicted_ms": 9.5}

SPOKEN = {
    "openai-responses": Spoken(
        "https://developers.openai.com/api/reference/resources/responses/streaming-events",
        "/responses",
        {"model": "m", "input": MESSAGES, "stream": True, "max_output_tokens": 7},
        {
            "content": Said(
                [
                    *_OPENING,
                    named(_delta("output_text", 4, "Hel"), CONTENT),
                    named(_delta("output_text", 5, "lo"), CONTENT),
                    *_CLOSING,
                    _ended("completed"),
                ],
                2,
                "completed",
                **_COUNTS,
            ),
            "alike": Said(
                [*(named({**_LLAMACPP, "delta": text}, CONTENT) for text in ("a", "b", "c", '"')), _ended("completed")],
                4,
                "completed",
                **_COUNTS,
            ),
            "llama.cpp": Said(
                [
                    named(_timed("a", 1), CONTENT),
                    Piece(named(_timed("🙂", 4)).data, CONTENT, 3),
                    _ended("completed", _TIMINGS),
                ],
                5,
                "completed",
                timings=_TIMINGS,
                **_COUNTS,
            ),
            "llama.cpp, timed at the end": Said(
                [named({**_LLAMACPP, "delta": "a"}, CONTENT), _ended("completed", _TIMINGS)],
                5,
                "completed",
                timings=_TIMINGS,
                **_COUNTS,
            ),
            "limited": Said(
                [
                    *_OPENING,
                    named(_delta("output_text", 4, "Hel"), CONTENT),
                    _ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
                ],
                1,
                "max_output_tokens",
                **_COUNTS,
            ),
            "reasoning": Said(
                [
                    named(_delta("reasoning_text", 2, "Hm"), REASONING),
                    named(_delta("reasoning_summary_text", 3, "So"), REASONING),
                    named(_delta("output_text", 4, "Hi"), CONTENT),
                    _ended("completed"),
                    sse(b"[DONE]"),
                ],
                3,
                "completed",
                **_COUNTS,
            ),
            "tools": Said(
                [
                    named(_event("output_item.added", 2, item={"type": "function_call", "name": "now"}), TOOL),
                    named(_delta("function_call_arguments", 3, '{"zone":'), TOOL),
                    named(_delta("function_call_arguments", 4, '"UTC"}'), TOOL),
                    named(_event("function_call_arguments.done", 5, arguments='{"zone":"UTC"}')),
                    _ended("completed"),
                ],
                3,
                "completed",
                **_COUNTS,
            ),
            "refused": Said(
                [named(_delta("refusal", 4, "No."), CONTENT), _ended("completed")], 1, "completed", **_COUNTS
            ),
        },
        (
            [
                *_OPENING,
                named(_delta("output_text", 4, "Hel"), CONTENT),
                named({"type": "error", "code": "server_error", "message": "Something went wrong", "param": None}),
            ],
            "Something went wrong",
        ),
        "/v1",
    )
}
