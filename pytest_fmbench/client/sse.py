"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) in a stream that lies there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DATA, _BARE = b"data: ", b"data:"
_RETURNS = b"\r\n\r\n"
_EMPTY_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))[\r\n]")
"""The end of a line, and as much of the end of an empty one as tells that it is empty."""


class Event(NamedTuple):
    """One event.

    :param data: its data lines, joined by newlines.
    :param end: how much of the stream had to be there for it, in bytes.
    :param name: empty where the server gave none.
    """

    data: bytes
    end: int
    name: bytes = b""


class EventReader:
    """Iterates over the events of a stream. Comments and unknown fields are left out, as the standard says.

    A line ends in LF, CRLF or CR; an event ends at an empty line, so what follows the last one is no event. Time is
    linear in the bytes, whatever they are.

    :param stream: the whole stream, as far as it came.
    :ivar began: where the event that was given last begins.
    :ivar at: where the next event begins; may be moved to where another one does.
    :ivar separator: what stands between any two events; empty where that differs.
    """

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.began = self.at = len(_BYTE_ORDER_MARK) if stream.startswith(_BYTE_ORDER_MARK) else 0
        self.separator = _separator(stream)

    def __iter__(self) -> Iterator[Event]:
        stream, separator, newline = self.stream, self.separator, self.separator[:1]
        while True:
            self.began = begin = self.at
            said = begin + len(_DATA) if stream.startswith(_DATA, begin) else begin + len(_BARE)
            if separator and stream.startswith(_BARE, begin):
                stop = stream.find(newline, begin)
                if stop > 0 and stream.startswith(separator, stop):  # nearly every event: one line, of data
                    self.at = stop + len(separator)
                    yield Event(stream[said:stop], end_of(separator, self.at))
                    continue
            stop, end = self._next_stop()
            if not end:
                return
            data, name = _fields(stream[begin:stop])
            if data is not None:
                yield Event(data, end, name)

    def _next_stop(self) -> tuple[int, int]:
        """Where the lines of the next event stop, and how much had to be there to know it; (0, 0) if there is none."""
        if self.separator:
            stop = self.stream.find(self.separator, self.at)
            if stop < 0:
                return 0, 0
            self.at = stop + len(self.separator)
            return stop, end_of(self.separator, self.at)
        found = _EMPTY_LINE.search(self.stream, self.at)
        if found is None:
            return 0, 0
        end = found.end()
        self.at = end + (self.stream[end - 1 : end + 1] == b"\r\n")
        return found.start(), end


def end_of(separator: bytes, after: int) -> int:
    """How much of the stream had to be there to see an event end whose separator ends at ``after``.

    The carriage return of an empty line tells that it is empty.
    """
    return after - (separator == _RETURNS)


def _separator(stream: bytes) -> bytes:
    if b"\r" not in stream:
        return b"\n\n"
    returns = stream.count(b"\r\n")
    return _RETURNS if returns == stream.count(b"\n") == stream.count(b"\r") else b""


def _fields(block: bytes) -> tuple[bytes | None, bytes]:
    """The data, None if there is none, and the name that the lines of an event give."""
    data, name = list[bytes](), b""
    for line in block.splitlines():  # of bytes: at LF, CR and CRLF, and at nothing else
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ")
    return b"\n".join(data) if data else None, name
