"""Amazon's event stream encoding: frames of headers and a payload, each with two checksums.

https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html
"""

from __future__ import annotations

from struct import pack
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_STRING = 7


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """A message; all headers are strings."""
    fields = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    prelude = pack("!II", 16 + len(fields) + len(payload), len(fields))
    message = prelude + pack("!I", crc32(prelude)) + fields + payload
    return message + pack("!I", crc32(message))


def event(kind: str, payload: bytes, content_type: str = "application/json") -> bytes:
    """A message that is an event of this kind."""
    return frame({":event-type": kind, ":content-type": content_type, ":message-type": "event"}, payload)


def _header(name: bytes, value: bytes) -> bytes:
    return pack("!B", len(name)) + name + pack("!BH", _STRING, len(value)) + value
