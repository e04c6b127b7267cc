"""Anthropic's messages, as Anthropic and llama.cpp write them."""

from __future__ import annotations

from typing import Any

from tests.support.dialects.base import CONTENT, REASONING, TOOL, Piece, Said, Spoken, named

_STARTED: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "stop_reason": None}
_PING = named({"type": "ping"})


def _start(**usage: int) -> Piece:
    return named({"type": "message_start", "message": {**_STARTED, "usage": usage}})


def _block(kind: str, **held: Any) -> Piece:
    called = TOOL if "name" in held else ""
    return named({"type": "content_block_start", "index": 0, "content_block": {"type": kind, **held}}, called)


def _delta(kind: str, of: str, **held: str) -> Piece:
    return named({"type": "content_block_delta", "index": 0, "delta": {"type": kind, **held}}, of)


def _text(text: str) -> Piece:
    return _delta("text_delta", CONTENT, text=text)


def _end(reason: str, **usage: int) -> list[Piece]:
    ended = {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage}
    return [named({"type": "content_block_stop", "index": 0}), named(ended), named({"type": "message_stop"})]


SPOKEN = {
    "anthropic-messages": Spoken(
        "https://platform.claude.com/docs/en/build-with-claude/streaming",
        "/messages",
        {
            "model": "m",
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "Grüße?"}],
            "stream": True,
            "max_tokens": 7,
        },
        {
            "content": Said(
                [
                    _start(input_tokens=5, cache_creation_input_tokens=2, cache_read_input_tokens=20, output_tokens=1),
                    _block("text", text=""),
                    _PING,
                    *map(_text, ("Hello", "!", ' "', "ü")),
                    *_end("end_turn", output_tokens=5),
                ],
                5,
                "end_turn",
                input_tokens=27,
                output_tokens=5,
                cached_tokens=20,
            ),
            "limited": Said(
                [_start(input_tokens=25, output_tokens=0), _block("text", text=""), _text("Hi"), *_end("max_tokens")],
                1,
                "max_tokens",
                input_tokens=25,
            ),
            "reasoning": Said(
                [
                    _block("thinking", thinking="", signature=""),
                    _delta("thinking_delta", REASONING, thinking="I need"),
                    _delta("thinking_delta", REASONING, thinking=" the GCD"),
                    _delta("signature_delta", "", signature="EqQBCgIYAhIM1gbcDa9GJwZA2b3h"),
                    _text("21"),
                    *_end("max_tokens", output_tokens=3),
                ],
                3,
                "max_tokens",
                output_tokens=3,
            ),
            "tools": Said(
                [
                    _block("tool_use", id="toolu_1", name="get_weather", input={}),
                    _delta("input_json_delta", "", partial_json=""),
                    _delta("input_json_delta", TOOL, partial_json='{"location":'),
                    _delta("input_json_delta", TOOL, partial_json=' "San Francisco"}'),
                    *_end("tool_use", input_tokens=472, output_tokens=89),
                ],
                3,
                "tool_use",
                input_tokens=472,
                output_tokens=89,
            ),
        },
        (
            [_text("Hello"), named({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})],
            "Overloaded",
        ),
        "/v1",
    )
}
