from __future__ import annotations

import struct
import time
from zlib import crc32

import pytest

from pytest_fmbench.client.event_stream import Frame, FrameReader
from pytest_fmbench.testing.shapes.event_stream import event, frame

ONE, OTHER = frame({":event-type": "a"}, b"first"), frame({":event-type": "a"}, b"")


def sealed(total: int, length: int, rest: bytes) -> bytes:
    """A frame whose lengths are as said, and whose checksums are right."""
    prelude = struct.pack("!II", total, length)
    body = prelude + struct.pack("!I", crc32(prelude)) + rest
    return body + struct.pack("!I", crc32(body))


def held(block: bytes) -> bytes:
    return sealed(16 + len(block), len(block), block)


def test_frames_have_headers_a_payload_and_an_end() -> None:
    reader = FrameReader(ONE + OTHER)
    assert list(reader) == [
        Frame({":event-type": "a"}, b"first", len(ONE)),
        Frame({":event-type": "a"}, b"", len(ONE + OTHER)),
    ]
    assert reader.problem == ""


def test_every_kind_of_header_is_read() -> None:
    kinds = [
        b"\x01a\x00",
        b"\x01b\x01",
        b"\x01c\x02\xff",
        b"\x01d\x03\xff\xfe",
        b"\x01e\x04\x00\x00\x00\x07",
        b"\x01f\x05" + b"\x00" * 7 + b"\x08",
        b"\x01g\x06\x00\x02\xff\x00",
        b"\x01h\x07\x00\x02\xc3\xa9",
        b"\x01i\x08" + b"\x00" * 7 + b"\x09",
        b"\x01j\x09" + bytes(range(16)),
    ]
    (found,) = FrameReader(held(b"".join(kinds)))
    expected = [True, False, -1, -2, 7, 8, b"\xff\x00", "é", 9, bytes(range(16))]
    assert list(found.headers.values()) == expected
    assert "".join(found.headers) == "abcdefghij"


def test_what_a_shorter_stream_gives_is_given_by_the_longer_one() -> None:
    stream = ONE + OTHER + event("b", b"{}")
    frames = list(FrameReader(stream))
    for cut in range(len(stream)):
        reader = FrameReader(stream[:cut])
        assert list(reader) == [one for one in frames if one.end <= cut]
        assert reader.problem == "", "what is not all there is nothing wrong"


@pytest.mark.parametrize("at", range(len(ONE)))
def test_a_byte_that_is_another_is_seen_and_what_came_before_is_kept(at: int) -> None:
    broken = bytearray(ONE)
    broken[at] ^= 0x01
    reader = FrameReader(OTHER + bytes(broken) + ONE)
    assert [one.payload for one in reader] == [b""]
    assert reader.problem.startswith("the checksum of the ")
    assert f"at byte {len(OTHER)}" in reader.problem


@pytest.mark.parametrize(
    ("total", "length"), [(0, 0), (15, 0), (16, 1), (100, 90), (2**32 - 1, 0), (2**32 - 1, 2**32 - 1), (2**20, 2**18)]
)
def test_lengths_that_cannot_be_are_refused_at_once(total: int, length: int) -> None:
    reader = FrameReader(ONE + sealed(total, length, b""))
    assert len(list(reader)) == 1
    assert reader.problem == f"the frame at byte {len(ONE)} says that it has {total} bytes, {length} of them headers"


def test_a_frame_that_is_announced_and_large_is_waited_for() -> None:
    reader = FrameReader(sealed(20 * 1024 * 1024, 0, b""))
    assert list(reader) == []
    assert reader.problem == ""


@pytest.mark.parametrize(
    "block",
    [
        b"\x01",
        b"\x05ab",
        b"\x01a",
        b"\x01a\x0a",
        b"\x01a\x04\x00",
        b"\x01a\x07\x00\x09b",
        b"\x01a\x07\x00",
        b"\x01a\x09abc",
        b"\x01\xff\x00",
        b"\x01a\x07\x00\x01\xff",
        b"\x01a\x00\x01a\x01",
    ],
)
def test_headers_that_are_none_are_a_problem(block: bytes) -> None:
    reader = FrameReader(ONE + held(block) + ONE)
    assert len(list(reader)) == 1
    assert reader.problem == f"the headers of the frame at byte {len(ONE)} cannot be read"


def test_time_is_linear() -> None:
    begun = time.process_time()
    assert sum(1 for _ in FrameReader(ONE * 100_000)) == 100_000
    assert time.process_time() - begun < 5
