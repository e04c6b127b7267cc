"""HTTP framing of a recorded response: where its body lies, and how much of it each read brought."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import httptools
import numpy as np

from pytest_fmbench.client.dialects.body import Body, Integers
from pytest_fmbench.model.exchange import End, Recording

_INFORMATIONAL = re.compile(rb"[\r\n]*HTTP/1\.[01] 1(?!01)\d\d[ \r\n]")
_LINE_ENDS = re.compile(rb"[\r\n]+")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_DIGITS = 16 ** np.arange(1, 16)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class HttpResponse:
    """A response, as far as it arrived.

    :param complete: it ended as HTTP says a message ends.
    :param problem: why the bytes are no HTTP; empty when they are.
    """

    body: Body
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    complete: bool = False
    problem: str = ""

    def header(self, name: bytes) -> bytes | None:
        """All values of a header, by its name in lower case; None where it is not given."""
        values = [value for key, value in self.headers if key.lower() == name]
        return b", ".join(values) if values else None


class _Reader:
    """Parser callbacks; names are httptools'. ``pieces`` are the body's, one an HTTP chunk."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.on_body = self.pieces.append
        self.begun = 0
        self.complete = False

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_message_complete(self) -> None:
        self.complete = True


def read_response(recording: Recording) -> HttpResponse:
    """Take the HTTP framing off a recording. Of several responses it is the first that is not informational."""
    data, reader = recording.data, _Reader()
    begin = _final(data)
    parser, problem = httptools.HttpResponseParser(reader), ""
    try:
        # in one piece: many small ones would take time that is quadratic in the length of a header
        parser.feed_data(data[begin:] if begin else data)
    except httptools.HttpParserError as error:
        problem = f"not HTTP: {error}"
    except httptools.HttpParserUpgrade:
        problem = "not HTTP: it goes on in another protocol"
    if reader.begun > 1:
        problem = "not HTTP: more than the one response that was asked for"
    status = parser.get_status_code() or None if data else None
    response = HttpResponse(_body(recording, data, begin, reader), status, reader.headers, problem=problem)
    response.complete = reader.complete or (recording.end is End.CLOSED and _ends_at_close(response))
    return response


def _final(data: bytearray) -> int:
    """Where the head of the final response begins: those before it are informational (RFC 9110, 15.2)."""
    begin = 0
    while _INFORMATIONAL.match(data, begin):
        end = _end_of_head(data, begin)
        if not data.endswith((b"\n\n", b"\n\r\n"), begin, end):
            break
        begin = end
    return begin


def _end_of_head(data: bytearray, begin: int) -> int:
    """Where the head ends that begins at ``begin``, but for empty lines; there, when it does not."""
    leading = _LINE_ENDS.match(data, begin)
    begin = leading.end() if leading else begin
    end = _EMPTY_LINE.search(data, begin)
    return end.end() if end else begin


def _ends_at_close(response: HttpResponse) -> bool:
    """A message with neither length nor chunks ends where the connection does (RFC 9112, 6.3)."""
    framed = {b"content-length", b"transfer-encoding"}
    return response.status is not None and not any(name.lower() in framed for name, _ in response.headers)


def _body(recording: Recording, data: bytearray, begin: int, reader: _Reader) -> Body:
    lengths = np.fromiter(map(len, reader.pieces), np.int64, len(reader.pieces))
    ends: Integers = lengths.cumsum()
    shifts = _shifts(data, begin, reader, lengths, ends)
    stamps = (np.asarray(column) for column in (recording.ends, recording.arrivals, recording.earliest))
    return Body(b"".join(reader.pieces), ends, shifts, *stamps)


def _shifts(data: bytearray, begin: int, reader: _Reader, lengths: Integers, ends: Integers) -> Integers:
    """How much further back in ``data`` than in the body the end of each piece lies."""
    head = _end_of_head(data, begin)
    if not any(name.lower() == b"transfer-encoding" for name, _ in reader.headers):
        return np.full(len(ends), head)
    # as if each had the shortest framing that there is; if that comes out right at the end, it is so everywhere
    shifts: Integers = (_DIGITS.searchsorted(lengths, side="right") + 5).cumsum() + (head - 2)
    last = reader.complete and len(ends) and data.endswith(_LAST_CHUNK) and len(data) - len(_LAST_CHUNK)
    if not last or ends[-1] + shifts[-1] != last:
        shifts = np.array(_searched(data, head, reader.pieces), np.int64) - ends
    return shifts


def _searched(data: bytearray, at: int, pieces: list[bytes]) -> list[int]:
    """Where each piece of a chunked body ends: it begins after the line that says its length."""
    ends = []
    for piece in pieces:
        begin = data.find(b"\n", at) + 1
        if not data.startswith(piece, begin):
            begin = data.find(piece, at)
        at = begin + len(piece)
        ends.append(at)
        at += 2
    return ends
