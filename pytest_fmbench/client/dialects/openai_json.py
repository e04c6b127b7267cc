"""OpenAI's JSON, read fast: only what :mod:`~pytest_fmbench.client.dialects.openai` looks at is made an object."""

from __future__ import annotations

import json
from typing import Any, TypedDict, cast

import msgspec


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


_USUAL = cast("msgspec.json.Decoder[dict[str, Any]]", msgspec.json.Decoder(_Said))


def parsed(document: bytes) -> dict[str, Any]:
    """What ``document`` says, without what nobody reads. What has not the usual shape is read as ``json`` does.

    :raises ValueError: when it is no JSON.
    :raises RecursionError: when it is nested too deep.
    """
    try:
        # decoded first, because strings that are left out are not looked into
        return _USUAL.decode(document if document.isascii() else document.decode())
    except (ValueError, RecursionError):
        unusual: dict[str, Any] = json.loads(document)
        return unusual
