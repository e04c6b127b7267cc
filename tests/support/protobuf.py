"""Protocol Buffers by hand, after https://protobuf.dev/programming-guides/encoding/, so that a library is tested."""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, BYTES = 0, 2


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


def held(field: int, value: int | bytes | str) -> bytes:
    """A field: a number, or bytes behind their length."""
    if isinstance(value, int):
        return varint(field << 3 | VARINT) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | BYTES) + varint(len(data)) + data


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message that has only numbers and bytes, in their order."""
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        value, at = _number(message, at)
        if key & 7 == BYTES:
            yield key >> 3, message[at : at + value]
            at += value
        else:
            yield key >> 3, value


def packed(numbers: bytes) -> list[int]:
    """The numbers of a repeated field."""
    found, at = [], 0
    while at < len(numbers):
        number, at = _number(numbers, at)
        found.append(number)
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def grpc_message(data: bytes) -> bytes:
    """As gRPC frames it: a flag, and its length."""
    return struct.pack(">BI", 0, len(data)) + data
