"""OpenAI's chat, completions and embeddings."""

from __future__ import annotations

from typing import Any

from tests.support.dialects.base import CONTENT, KEEP_ALIVE, MESSAGES, REASONING, TEXT, TOOL, Said, Spoken, sse, whole

_CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1694268190, "model": "m"}
_TEXT_CHUNK = {"id": "cmpl-1", "object": "text_completion", "created": 1694268190, "model": "m"}
_USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 4}}
_DONE = sse(b"[DONE]")
_ERROR = {"error": {"message": "The server had an error", "type": "server_error"}}
_TOLD = "The server had an error"


def _delta(finish: str | None = None, **held: Any) -> dict[str, Any]:
    return {**_CHUNK, "choices": [{"index": 0, "delta": held, "finish_reason": finish}]}


def _text(text: str, finish: str | None = None) -> dict[str, Any]:
    return {**_TEXT_CHUNK, "choices": [{"text": text, "index": 0, "logprobs": None, "finish_reason": finish}]}


def _total(same: dict[str, Any]) -> dict[str, Any]:
    return {**same, "choices": [], "usage": _USAGE}


def _call(**more: Any) -> list[dict[str, Any]]:
    return [{"index": 0, **more}]


_ROLE = sse(_delta(role="assistant", content=""))
_CHAT = {
    "content": Said(
        [
            _ROLE,
            sse(_delta(content="Hel"), CONTENT),
            KEEP_ALIVE,
            *[sse(_delta(content=text), CONTENT) for text in ("lo", ' "', "ü")],
            sse(_delta("stop")),
            sse(_total(_CHUNK)),
            _DONE,
        ],
        counted=5,
        finish_reason="stop",
        input_tokens=9,
        output_tokens=3,
        cached_tokens=4,
    ),
    "reasoning": Said(
        [
            sse(_delta(reasoning_content="Hm"), REASONING),
            sse(_delta(reasoning="m"), REASONING),
            sse(_delta(content="Hi"), CONTENT),
            sse(_delta("length")),
        ],
        counted=3,
        finish_reason="length",
    ),
    "tools": Said(
        [
            sse(_delta(tool_calls=_call(id="call_1", function={"name": "now", "arguments": ""})), TOOL),
            sse(_delta(tool_calls=_call(function={"arguments": "{}"})), TOOL),
            sse(_delta("tool_calls")),
            _DONE,
        ],
        counted=2,
        finish_reason="tool_calls",
    ),
}
_STREAM = {"stream": True, "stream_options": {"include_usage": True}}


def _document(choice: dict[str, Any], tokens: int, finish: str = "length") -> Said:
    said = {**_CHUNK, "choices": [{"index": 0, **choice, "finish_reason": finish}], "usage": _USAGE}
    counts = {"input_tokens": 9, "output_tokens": 3, "cached_tokens": 4}
    kind = TOOL if "tool_calls" in choice.get("message", ()) else CONTENT
    return Said(whole(said, kind, tokens=tokens), 3, finish, **counts)


_SOURCE = "https://platform.openai.com/docs/api-reference"

SPOKEN = {
    "openai-chat": Spoken(
        f"{_SOURCE}/chat-streaming",
        "/chat/completions",
        {"model": "m", "messages": MESSAGES, "max_tokens": 7, **_STREAM},
        _CHAT,
        ([sse(_delta(content="Hel"), CONTENT), sse(_ERROR)], _TOLD),
        "/v1",
    ),
    "openai-chat-whole": Spoken(
        f"{_SOURCE}/chat/object",
        "/chat/completions",
        {"model": "m", "messages": MESSAGES, "max_tokens": 7, "stream": False},
        {
            "content": _document({"message": {"role": "assistant", "content": "Hello"}}, 3),
            "stopped": _document({"message": {"role": "assistant", "content": "Hello"}}, 2, "stop"),
            "tools": _document({"message": {"content": None, "tool_calls": _call(id="call_1")}}, 3, "tool_calls"),
        },
        (whole(_ERROR), _TOLD),
        "/v1",
        streamed=False,
    ),
    "openai-completions": Spoken(
        f"{_SOURCE}/completions",
        "/completions",
        {"model": "m", "prompt": TEXT, "max_tokens": 7, **_STREAM},
        {
            "content": Said(
                [sse(_text("Hel"), CONTENT), sse(_text("lo", "length"), CONTENT), sse(_total(_TEXT_CHUNK)), _DONE],
                counted=2,
                finish_reason="length",
                input_tokens=9,
                output_tokens=3,
                cached_tokens=4,
            )
        },
        ([sse(_text("Hel"), CONTENT), sse(_ERROR)], _TOLD),
        "/v1",
    ),
    "openai-completions-whole": Spoken(
        f"{_SOURCE}/completions/object",
        "/completions",
        {"model": "m", "prompt": TEXT, "max_tokens": 7, "stream": False},
        {"content": _document({"text": "Hello"}, 3)},
        (whole(_ERROR), _TOLD),
        "/v1",
        streamed=False,
    ),
    "openai-embeddings": Spoken(
        f"{_SOURCE}/embeddings/object",
        "/embeddings",
        {"model": "m", "input": TEXT},
        {
            "content": Said(
                whole(
                    {
                        "object": "list",
                        "data": [{"object": "embedding", "embedding": [0.0023, -0.009, -0.0028], "index": 0}],
                        "model": "m",
                        "usage": {"prompt_tokens": 8, "total_tokens": 8},
                    },
                    CONTENT,
                    tokens=0,
                ),
                counted=0,
                input_tokens=8,
                items=1,
            )
        },
        (whole(_ERROR), _TOLD),
        "/v1",
        streamed=False,
    ),
}
