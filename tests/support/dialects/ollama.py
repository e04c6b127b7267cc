"""Ollama's chat and generate."""

from __future__ import annotations

from typing import Any

from tests.support.dialects.base import CONTENT, MESSAGES, REASONING, TEXT, TOOL, Piece, Said, Spoken, line

_SOURCE = "https://github.com/ollama/ollama/blob/main/docs/api.md"
_DURATIONS = {
    "total_duration": 10706818083,
    "load_duration": 6338219291,
    "prompt_eval_duration": 130079000,
    "eval_duration": 4232710000,
}
_COUNTS = {"prompt_eval_count": 26, "eval_count": 3}


def _line(nth: int, kind: str, **held: Any) -> Piece:
    return line({"model": "m", "created_at": f"2023-08-04T08:52:19.{nth}Z", **held, "done": False}, kind)


def _message(nth: int, kind: str, **held: Any) -> Piece:
    return _line(nth, kind, message={"role": "assistant", "content": "", **held})


def _end(reason: str, **held: Any) -> Piece:
    ended = {"model": "m", "created_at": "2023-08-04T19:22:45Z", **held, "done": True, "done_reason": reason}
    return line({**ended, **_DURATIONS, **_COUNTS})


def _said(counted: int, reason: str, *pieces: Piece) -> Said:
    return Said(pieces, counted, reason, input_tokens=26, output_tokens=3, timings=_DURATIONS)


_EMPTY = {"message": {"role": "assistant", "content": ""}}
_ERROR = line({"error": "an error was encountered while running the model"})
_TOLD = "an error was encountered while running the model"
_LIMIT = {"stream": True, "options": {"num_predict": 7}}

SPOKEN = {
    "ollama-chat": Spoken(
        _SOURCE,
        "/api/chat",
        {"model": "m", "messages": MESSAGES, **_LIMIT},
        {
            "content": _said(
                3,
                "stop",
                _message(1, CONTENT, content="The"),
                _message(2, CONTENT, content=" sky"),
                _end("stop", **_EMPTY),
            ),
            "reasoning": _said(
                2, "length", _message(1, REASONING, thinking="Hm"), _message(2, CONTENT, content="It"), _end("length")
            ),
            "tools": _said(
                2, "stop", _message(1, TOOL, tool_calls=[{"function": {"name": "now", "arguments": {}}}]), _end("stop")
            ),
        },
        ([_message(1, CONTENT, content="The"), _ERROR], _TOLD),
    ),
    "ollama-generate": Spoken(
        _SOURCE,
        "/api/generate",
        {"model": "m", "prompt": TEXT, "raw": False, **_LIMIT},
        {
            "content": _said(
                2,
                "length",
                _line(1, CONTENT, response="The"),
                _line(2, CONTENT, response=" sky"),
                _end("length", response=""),
            ),
            "reasoning": _said(
                2,
                "length",
                _line(1, REASONING, response="", thinking="Hm"),
                _line(2, CONTENT, response="It"),
                _end("length"),
            ),
        },
        ([_line(1, CONTENT, response="The"), _ERROR], _TOLD),
    ),
}
