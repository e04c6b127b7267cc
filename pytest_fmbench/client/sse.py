"""Server-sent events from bytes cut anywhere (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``data`` joins its data lines by newlines, ``name`` is empty where the server gave none."""

    data: bytes
    name: bytes = b""


class EventDecoder:
    """Cuts a stream into events, whatever its chunks. Comments and unknown fields are left out, as the standard says.

    A line ends in LF, CRLF or CR; an event ends at an empty line, so what follows the last one is no event.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._data: list[bytes] = []
        self._name = b""
        self._first = True

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that ``chunk`` completes."""
        for line in self._lines(chunk):
            event = self._take(line)
            if event is not None:
                yield event

    @property
    def pending(self) -> bool:
        """Something has been fed that no empty line has ended yet."""
        return bool(self._rest.strip() or self._data)

    def _lines(self, chunk: bytes) -> list[bytes]:
        if not chunk:
            return []
        if self._after_cr:
            chunk, self._after_cr = chunk.removeprefix(b"\n"), False
        self._after_cr = chunk.endswith(b"\r")
        # bytes.splitlines splits at LF, CR and CRLF, and at nothing else
        lines = (self._rest + chunk).splitlines(keepends=True)
        self._rest = lines.pop() if lines and lines[-1][-1:] not in (b"\n", b"\r") else b""
        return [line.rstrip(b"\r\n") for line in lines]

    def _take(self, line: bytes) -> Event | None:
        if self._first:
            line, self._first = line.removeprefix(b"\xef\xbb\xbf"), False
        if not line:
            return self._dispatch()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
        elif field == b"event":
            self._name = value
        return None

    def _dispatch(self) -> Event | None:
        event = Event(b"\n".join(self._data), self._name) if self._data else None
        self._data, self._name = [], b""
        return event
