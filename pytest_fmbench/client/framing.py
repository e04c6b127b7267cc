"""HTTP framing of a recorded response: which body bytes each read brought."""

from __future__ import annotations

from dataclasses import dataclass, field

import httptools

from pytest_fmbench.model.exchange import End, Recording


@dataclass
class HttpResponse:
    """A response, as far as it arrived.

    :param body: (arrival in ns, body bytes) of each read that brought any.
    :param complete: it ended as HTTP says a message ends.
    :param problem: why the bytes are no HTTP; empty when they are.
    """

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: list[tuple[int, bytes]] = field(default_factory=list)
    complete: bool = False
    problem: str = ""


class _Reader:
    """Parser callbacks; names are httptools'."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: list[bytes] = []
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self.complete = True


def read_response(recording: Recording) -> HttpResponse:
    """Take the HTTP framing off a recording."""
    response, reader = HttpResponse(), _Reader()
    parser = httptools.HttpResponseParser(reader)
    for arrived, data in zip(recording.arrivals, recording.reads(), strict=True):
        try:
            parser.feed_data(data)
        except httptools.HttpParserError as error:
            response.problem = f"not HTTP: {error}"
            break
        if reader.pieces:
            response.body.append((arrived, b"".join(reader.pieces)))
            reader.pieces.clear()
    response.status = parser.get_status_code() or None if recording.data else None
    response.headers = reader.headers
    response.complete = reader.complete or (recording.end is End.CLOSED and _ends_at_close(response))
    return response


def _ends_at_close(response: HttpResponse) -> bool:
    """A message with neither length nor chunks ends where the connection does (RFC 9112, 6.3)."""
    framed = {b"content-length", b"transfer-encoding"}
    return response.status is not None and not any(name.lower() in framed for name, _ in response.headers)
