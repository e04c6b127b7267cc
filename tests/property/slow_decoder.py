"""How a recorded chat stream is decoded, as plainly as can be: read by read, line by line, every event parsed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httptools

from pytest_fmbench.model.exchange import Recording

KINDS = {"content": "content", "reasoning_content": "reasoning", "reasoning": "reasoning", "tool_calls": "tool"}


class Chunk(NamedTuple):
    ns: int
    tokens: int
    kind: str
    shared: int
    slack_ns: int


class Events:
    """Cuts a stream into the data of its events, whatever its reads."""

    def __init__(self) -> None:
        self._rest, self._after_return, self._first = b"", False, True
        self._data: list[bytes] = []

    def feed(self, read: bytes) -> Iterator[bytes]:
        for line in self._lines(read):
            if self._first:
                line, self._first = line.removeprefix(b"\xef\xbb\xbf"), False  # noqa: PLW2901
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
            elif not line:
                if self._data:
                    yield b"\n".join(self._data)
                self._data = []

    def _lines(self, read: bytes) -> list[bytes]:
        if not read:
            return []
        if self._after_return:
            read = read.removeprefix(b"\n")
        self._after_return = read.endswith(b"\r")
        lines = (self._rest + read).splitlines(keepends=True)
        self._rest = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
        return [line.rstrip(b"\r\n") for line in lines]


class SlowDecoder:
    """What the recording of a chat stream holds."""

    def __init__(self, recording: Recording) -> None:
        self.chunks: list[Chunk] = []
        self.running: int | None = 0
        self.finish_reason: str | None = None
        self.output_tokens: int | None = None
        self.ended = self.complete = self.broken = self.unreadable = False
        self._body = b""
        events, parser = Events(), httptools.HttpResponseParser(self)
        for arrived, earliest, data in zip(recording.arrivals, recording.earliest, recording.reads(), strict=True):
            try:
                parser.feed_data(data)
            except httptools.HttpParserError:
                self.broken = True
            body, self._body = self._body, b""
            self._note(arrived, earliest, [chunk for event in events.feed(body) for chunk in self._take(event)])
            if self.broken:
                break

    def on_body(self, piece: bytes) -> None:
        self._body += piece

    def on_message_complete(self) -> None:
        self.complete = True

    def _note(self, arrived: int, earliest: int, found: list[tuple[int, str]]) -> None:
        for nth, (tokens, kind) in enumerate(found, 1):
            shared = nth < len(found)
            self.chunks.append(Chunk(arrived, tokens, kind, shared, arrived - earliest if shared else 0))

    def _take(self, event: bytes) -> Iterator[tuple[int, str]]:
        if event == b"[DONE]":
            return
        try:
            said = json.loads(event)
            usage, before, running = said.get("usage"), self.running, _running(said)
            if usage:
                self.output_tokens = _count(usage.get("completion_tokens"))
            self.running = before if running is None else running
            for choice in said.get("choices") or ():
                if choice.get("finish_reason"):
                    self.finish_reason, self.ended = str(choice["finish_reason"]), True
                inner = choice.get("delta") or {}
                kind = next((kind for name, kind in KINDS.items() if inner.get(name)), None)
                if kind:
                    self.running = running
                    yield 1 if running is None or before is None else max(1, running - before), kind
        except (ValueError, TypeError, AttributeError, RecursionError):
            self.unreadable = True


def _running(said: dict[str, Any]) -> int | None:
    counted = _count((said.get("usage") or {}).get("completion_tokens")) if said.get("choices") else None
    return counted if counted is not None else _count((said.get("timings") or {}).get("predicted_n"))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 2**31 else None
