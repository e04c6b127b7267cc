"""Amazon's event stream encoding in a stream that lies there: frames of headers and a payload, with two checksums each.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from struct import Struct
from typing import NamedTuple
from zlib import crc32

Value = bool | int | bytes | str
"""What a header holds; a time is in ms since 1970, and a UUID its 16 bytes."""

_PRELUDE = Struct("!III")
_LENGTHS, _CHECKSUM = 8, 4
"""Bytes of the two lengths in a prelude, and of a checksum."""
_CHECKED = Struct("!I")
_LEAST = _PRELUDE.size + _CHECKSUM
_MOST_HEADERS, _MOST_PAYLOAD = 128 * 1024, 24 * 1024 * 1024
"""In bytes, as botocore has them; the second is more than the documents allow."""

_CONSTANTS = {0: True, 1: False}
_NUMBERS = {2: Struct("!b"), 3: Struct("!h"), 4: Struct("!i"), 5: Struct("!q"), 8: Struct("!q")}
_BYTES, _STRING, _UUID = 6, 7, 9
_SIZE = Struct("!H")
_UUID_SIZE = 16


class Frame(NamedTuple):
    """One message.

    :param end: how much of the stream had to be there for it, in bytes.
    """

    headers: Mapping[str, Value]
    payload: bytes
    end: int


class FrameReader:
    """Iterates over the frames of a stream. One that is not all there is none; time is linear, whatever the bytes are.

    :param stream: the whole stream, as far as it came.
    :ivar problem: why nothing behind the last frame can be read; empty where nothing is wrong.
    """

    def __init__(self, stream: bytes) -> None:
        self.problem = ""
        self._stream = stream
        self._known: dict[bytes, Mapping[str, Value]] = {}

    def __iter__(self) -> Iterator[Frame]:
        stream, view, size, at = self._stream, memoryview(self._stream), len(self._stream), 0
        while at + _PRELUDE.size <= size:
            total, length, checksum = _PRELUDE.unpack_from(stream, at)
            begun = crc32(view[at : at + _LENGTHS])
            self.problem = _wrong(total, length, begun == checksum, at)
            end = at + total
            if self.problem or end > size:
                return
            if crc32(view[at + _LENGTHS : end - _CHECKSUM], begun) != _CHECKED.unpack_from(stream, end - _CHECKSUM)[0]:
                self.problem = f"the checksum of the frame at byte {at} is another"
                return
            inside = at + _PRELUDE.size + length
            headers = self._headers(stream[at + _PRELUDE.size : inside])
            if headers is None:
                self.problem = f"the headers of the frame at byte {at} cannot be read"
                return
            yield Frame(headers, stream[inside : end - _CHECKSUM], end)
            at = end

    def _headers(self, block: bytes) -> Mapping[str, Value] | None:
        """Nearly all frames of a stream have the same, so each is read once; None where they are none."""
        known = self._known.get(block)
        if known is None:
            try:
                known = self._known[block] = dict(_read(block))
            except (struct.error, IndexError, ValueError):
                return None
        return known


def _wrong(total: int, length: int, sound: bool, at: int) -> str:
    """What is wrong with a prelude; nothing where it may be followed."""
    if not sound:
        return f"the checksum of the prelude at byte {at} is another"
    if length > _MOST_HEADERS or total - length - _LEAST > _MOST_PAYLOAD or total < length + _LEAST:
        return f"the frame at byte {at} says that it has {total} bytes, {length} of them headers"
    return ""


def _read(block: bytes) -> Iterator[tuple[str, Value]]:
    """The headers in a block.

    :raises ValueError: or ``struct.error``, or an IndexError, where they are none.
    """
    at, names = 0, set[str]()
    while at < len(block):
        begin = at + 1
        at = begin + block[at]
        name = block[begin:at].decode()
        if name in names:
            raise ValueError(f"{name!r} is given twice")
        names.add(name)
        value, at = _value(block, block[at], at + 1)
        yield name, value


def _value(block: bytes, kind: int, at: int) -> tuple[Value, int]:
    """What is of this kind at this place, and where it ends; errors as above."""
    if kind in _CONSTANTS:
        return _CONSTANTS[kind], at
    if kind in _NUMBERS:
        number: int = _NUMBERS[kind].unpack_from(block, at)[0]
        return number, at + _NUMBERS[kind].size
    if kind not in (_BYTES, _STRING, _UUID):
        raise ValueError(f"{kind} is no kind of header")
    begin = at if kind == _UUID else at + _SIZE.size
    end = begin + (_UUID_SIZE if kind == _UUID else int(_SIZE.unpack_from(block, at)[0]))
    if end > len(block):
        raise ValueError("a header is not all there")
    value = block[begin:end]
    return (value.decode() if kind == _STRING else value), end
