"""GGUF files that hold nothing but metadata."""

from __future__ import annotations

import struct
from collections.abc import Mapping


def gguf(said: Mapping[str, object], version: int = 3) -> bytes:
    """A file that says ``said``: numbers, texts, and lists of either."""
    entries = b"".join(text(name) + _value(value) for name, value in said.items())
    return b"GGUF" + struct.pack("<IQQ", version, 0, len(said)) + entries


def text(value: str) -> bytes:
    """A text with its length before it."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def _value(value: object) -> bytes:
    if isinstance(value, list):
        first = _value(value[0])[:4]
        return struct.pack("<I", 9) + first + struct.pack("<Q", len(value)) + b"".join(_value(one)[4:] for one in value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    return struct.pack("<Ii", 5, value)
