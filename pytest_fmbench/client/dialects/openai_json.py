"""What :mod:`~pytest_fmbench.client.dialects.openai` looks at in OpenAI's JSON."""

from __future__ import annotations

from typing import Any, TypedDict

from pytest_fmbench.client.dialects.usual import usual


class _Piece(TypedDict, total=False):
    content: Any
    reasoning_content: Any
    reasoning: Any
    tool_calls: Any


class _Choice(TypedDict, total=False):
    delta: _Piece | None
    message: _Piece | None
    text: Any
    finish_reason: Any


class _Said(TypedDict, total=False):
    choices: list[_Choice] | None
    usage: Any
    timings: Any
    error: Any


parsed = usual(_Said)
