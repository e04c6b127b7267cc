"""Messages and tools as the semantic conventions for generative AI write them, on spans as JSON or as text of it.

https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai: ``gen-ai-input-messages.json``,
``gen-ai-system-instructions.json``, ``gen-ai-tool-definitions.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fmbench.model.prompt import Message, Tool, ToolCall

_RESULTS = "response", "result"
"""Where a tool's result stands: in the schema, and in the examples beside it."""


def messages_in(attributes: Mapping[str, Any]) -> tuple[Message, ...]:
    """The conversation that a request asked, its instructions first; empty where it was not recorded."""
    told = _structured(attributes.get("gen_ai.system_instructions"))
    said = _structured(attributes.get("gen_ai.input.messages"))
    system = [Message("system", text)] if (text := _text(told)) else []
    return (*system, *(message for one in said for message in _messages(one))) if said else ()


def tools_in(attributes: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The functions that were offered; without their parameters, where these were not recorded, they take any."""
    return tuple(
        Tool(str(one["name"]), str(one.get("description") or ""), one.get("parameters") or {"type": "object"})
        for one in _structured(attributes.get("gen_ai.tool.definitions"))
        if one.get("type", "function") == "function"
    )


def _messages(said: Mapping[str, Any]) -> Iterator[Message]:
    """A message, and each result of a tool as one of its own."""
    parts = said["parts"]
    for part in parts:
        if part.get("type") == "tool_call_response":
            result = next((part[name] for name in _RESULTS if name in part), "")
            yield Message("tool", _as_text(result), answers=str(part.get("id") or ""))
    calls = tuple(
        ToolCall(str(part.get("id") or ""), str(part["name"]), _as_text(part.get("arguments") or {}))
        for part in parts
        if part.get("type") == "tool_call"
    )
    text = _text(parts)
    if text or calls:
        yield Message(str(said["role"]), text, tool_calls=calls)


def _text(parts: list[Any]) -> str:
    return "\n".join(str(part["content"]) for part in parts if part.get("type") == "text")


def _as_text(said: object) -> str:
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _structured(said: Any) -> list[Any]:  # noqa: ANN401  # text of JSON, or what it would hold
    found = json.loads(said) if isinstance(said, str) and said else said or []
    if not isinstance(found, list):
        raise TypeError(f"{found!r:.80} is no list")
    return found
