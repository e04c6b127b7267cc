"""HTTP responses as steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle

from pytest_fmbench.testing.plan import Plan
from pytest_fmbench.testing.steps import Step, Write

END = b"0\r\n\r\n"
"""The last chunk of a chunked body."""

_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Pieces:
    """A streamed body.

    :param opening: bytes before the first token; sent at once, when the request has been read.
    :param tokens: the bytes of each token, made when they are first needed; repeated where there are too few.
    :param closing: bytes after the last token; sent with it.
    """

    opening: bytes
    tokens: Iterable[bytes]
    closing: bytes = b""

    def wrapped(self, wrap: Callable[[bytes], bytes]) -> Pieces:
        """The same with each piece in an envelope."""
        return Pieces(wrap(self.opening), map(wrap, self.tokens), wrap(self.closing))


def compact(document: object) -> bytes:
    """JSON without blanks, as servers write it."""
    return _JSON.encode(document).encode()


def head(status: int, fields: dict[str, str]) -> bytes:
    """A response's first lines."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = (f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in fields.items()), "", "")
    return "\r\n".join(lines).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """``data`` as an HTTP chunk; nothing for nothing, since an empty one would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def streamed(plan: Plan, pieces: Pieces, content_type: str, **fields: str) -> Iterator[Step]:
    """A chunked response: what opens it at once, and a chunk for each token when it is due."""
    pieces = pieces.wrapped(chunk)
    start = head(200, {"Content-Type": content_type, **fields, "Transfer-Encoding": "chunked"})
    yield Write(start + pieces.opening)
    for at_s, token in zip(plan.at_s, cycle(pieces.tokens), strict=False):
        yield Write(token, 1, at_s)
    yield Write(pieces.closing + END)


def whole(plan: Plan, document: object) -> Iterator[Step]:
    """All tokens in one JSON document, when the last is due."""
    yield Write(plain(200, document).data, plan.tokens, plan.at_s[-1])


def plain(status: int, document: object, **fields: str) -> Write:
    """A JSON response, at once."""
    body = compact(document)
    return Write(head(status, {"Content-Type": "application/json", **fields, "Content-Length": f"{len(body)}"}) + body)


def refusal(status: int, message: str, **fields: str) -> Write:
    """An error in OpenAI's form, with the message where AWS has it too."""
    error = {"message": message, "type": "error", "code": status}
    return plain(status, {"error": error, "message": message}, **fields)
