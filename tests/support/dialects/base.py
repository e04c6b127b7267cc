"""Replies as a stack's documents write them, and what is to be read of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_fmbench.model.prompt import Message, Prompt

PROMPT = Prompt((Message("system", "Be brief."), Message("user", "Grüße?")), max_tokens=7)
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Grüße?"}]
TEXT = "Be brief.\n\nGrüße?"
CONTENT, REASONING, TOOL = "content", "reasoning", "tool"


@dataclass(frozen=True)
class Piece:
    """What a server writes at once, and of what kind the chunk is that it holds; empty where it holds none."""

    data: bytes
    kind: str = ""
    tokens: int = 1


@dataclass(frozen=True)
class Said:
    """A reply. ``counted`` are its output tokens by our count, ``items`` what came that is no text."""

    pieces: Sequence[Piece]
    counted: int
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    timings: object = None
    items: int | None = None
    reasoning_tokens: int | None = None

    @property
    def body(self) -> bytes:
        return b"".join(piece.data for piece in self.pieces)


@dataclass(frozen=True)
class Spoken:
    """What a dialect must ask and understand.

    :param source: the document that it was written after.
    :param base_path: of the base URL that its paths are appended to.
    :param asked: the JSON by which it asks :data:`PROMPT` of the model ``m``.
    :param replies: by what they show; ``content`` is the usual one.
    :param error: a reply that breaks off with an error, and what that says.
    :param ends: a mark of its own tells that a reply is complete.
    :param grows: each event holds the whole text so far.
    :param framed: makes what holds these bytes, as its server would send them; None where that is an event or a line.
    :param prompt: what is asked instead of :data:`PROMPT`, which it cannot carry.
    :param read_asked: makes of the body that asks what is to be compared with ``asked``.
    """

    source: str
    path: str
    asked: Mapping[str, Any]
    replies: Mapping[str, Said]
    error: tuple[Sequence[Piece], str]
    base_path: str = ""
    ends: bool = True
    grows: bool = False
    framed: Callable[[bytes], bytes] | None = field(default=None, kw_only=True)
    read_asked: Callable[[bytes], Any] = field(default=json.loads, kw_only=True)
    streamed: bool = field(default=True, kw_only=True)
    prompt: Prompt = field(default=PROMPT, kw_only=True)


def compact(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def sse(said: object, kind: str = "", *, tokens: int = 1, begin: bytes = b"data: ") -> Piece:
    """A server-sent event."""
    return Piece(begin + (said if isinstance(said, bytes) else compact(said)) + b"\n\n", kind, tokens)


def named(said: Mapping[str, Any], kind: str = "") -> Piece:
    """A server-sent event that is called as its type is."""
    return sse(said, kind, begin=b"event: %s\ndata: " % said["type"].encode())


def line(said: object, kind: str = "") -> Piece:
    return Piece(compact(said) + b"\n", kind)


def whole(said: object, kind: str = "", *, tokens: int = 1) -> tuple[Piece]:
    return (Piece(compact(said), kind, tokens),)


KEEP_ALIVE = Piece(b": keep-alive\n\n")
