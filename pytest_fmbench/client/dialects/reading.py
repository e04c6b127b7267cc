"""How bodies are read: event by event, line by line, or whole. What each piece says, a dialect knows."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress

from pytest_fmbench.client.dialects.alike import take_alike
from pytest_fmbench.client.dialects.base import Reply
from pytest_fmbench.client.dialects.body import Body
from pytest_fmbench.client.sse import EventReader
from pytest_fmbench.model.record import KINDS

Take = Callable[[Reply, bytes, int], bool]
"""Notes what a piece says, which so many bytes of the body complete.

True if it says one content chunk of one token, and nothing else. May raise what JSON of any shape makes raise.
"""

_PREFIX, _SHOWN = struct.Struct(">BI"), 200
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What reading JSON raises that has another shape than it should have."""


def read_events(body: Body, take: Take) -> Reply:
    """The reply in an event stream."""
    reply, events = Reply(), EventReader(body.data)
    for event in events:
        if noted(reply, event.data, event.end, take):
            reply.chunks.add_alike(take_alike(events), KINDS[reply.chunks.kinds[-1]])
    return reply


def read_lines(body: Body, take: Take) -> Reply:
    """The reply in lines of JSON (https://github.com/ndjson/ndjson-spec); empty ones say nothing."""
    reply, stream, begin = Reply(), body.data, 0
    while (end := stream.find(b"\n", begin) + 1) > 0:
        line, begin = stream[begin:end], end
        if not line.isspace():
            noted(reply, line, end, take)
    with suppress(*UNREADABLE):  # the last line may lack its end; if it was cut off, it says nothing
        take(reply, stream[begin:], len(stream))
    return reply


def read_lines_or_events(body: Body, take: Take) -> Reply:
    """The reply in lines of JSON or in an event stream, as the server is set up: the first begin with an object."""
    lines = body.data.lstrip().startswith(b"{")
    return read_lines(body, take) if lines else read_events(body, take)


def read_document(body: Body, take: Take) -> Reply:
    """The reply in one JSON document, which the last byte completed."""
    reply = Reply()
    if body.data:
        noted(reply, body.data, len(body.data), take)
    return reply


def read_messages(body: Body, take: Take) -> Reply:
    """The reply in messages as gRPC frames them, each behind a flag and its length.

    Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
    """
    reply, stream, at = Reply(), body.data, 0
    while at + _PREFIX.size <= len(stream):
        packed, length = _PREFIX.unpack_from(stream, at)
        begin, at = at + _PREFIX.size, at + _PREFIX.size + length
        if packed:  # which a library would have unpacked
            reply.problem = f"no message of gRPC: {stream[begin - _PREFIX.size :][:_SHOWN]!r}"
            break
        if at <= len(stream):
            noted(reply, stream[begin:at], at, take)
    return reply


def noted(reply: Reply, piece: bytes, end: int, take: Take) -> bool:
    """Note a piece; one that cannot be read is the reply's problem. Returns what ``take`` says."""
    try:
        return take(reply, piece, end)
    except UNREADABLE as error:
        # whatever JSON a broken server sends, its reply is unreadable and the run goes on
        reply.problem = reply.problem or f"unreadable event {piece[:_SHOWN]!r}: {error}"
        return False
