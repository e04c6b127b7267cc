"""JSON read fast: only what a dialect looks at is made an object."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import msgspec

Parsed = Callable[[bytes], dict[str, Any]]


def usual(shape: object) -> Parsed:
    """What reads a document as ``shape``, a ``TypedDict`` of what is looked at; the rest is left out.

    A document that has not that shape is read as ``json`` does. What is no JSON raises a ValueError, and what is nested
    too deep a RecursionError.
    """
    decoder = cast("msgspec.json.Decoder[dict[str, Any]]", msgspec.json.Decoder(cast("Any", shape)))

    def parsed(document: bytes) -> dict[str, Any]:
        try:
            # decoded first, because strings that are left out are not looked into
            return decoder.decode(document if document.isascii() else document.decode())
        except (ValueError, RecursionError):
            unusual: dict[str, Any] = json.loads(document)
            return unusual

    return parsed
