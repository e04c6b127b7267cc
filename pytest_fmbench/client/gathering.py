"""A response that another library received, put together as HTTP/1.1 again: that is what a recording holds."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End, Recording


def head_of(status: int, reason: str, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The first lines of a response, without those that say how long it is, and without the empty one."""
    return b"HTTP/1.1 %d %s\r\n" % (status, reason.encode()) + b"".join(b"%s: %s\r\n" % pair for pair in fields)


@dataclass
class Gathered:
    """What came of one response. Nothing tells when the socket was empty, so a read may be as old as the request.

    :ivar size: bytes so far.
    """

    recording: Recording
    size: int = 0
    pieces: list[bytes] = field(default_factory=list)
    begun_ns: int = field(default_factory=monotonic_ns)

    def note(self, piece: bytes) -> None:
        """Note a piece that came now. The first is the head."""
        now_ns, recording = monotonic_ns(), self.recording
        self.size += len(piece)
        self.pieces.append(piece)
        recording.arrivals.append(now_ns)
        recording.earliest.append(self.begun_ns if recording.sent_ns is None else recording.sent_ns)

    def finish(self, end: End, detail: str = "") -> None:
        """Put the recording together; only a whole response has a length."""
        recording = self.recording
        recording.end, recording.detail, recording.done_ns = end, detail, monotonic_ns()
        if end is End.CONNECT:
            recording.sent_ns = None  # the connection was asked for, and nothing more
        if self.pieces:
            length = b"Content-Length: %d\r\n" % (self.size - len(self.pieces[0])) if end is End.COMPLETE else b""
            self.pieces[0] += length + b"\r\n"
        recording.data = bytearray().join(self.pieces)
        recording.ends = array("q", accumulate(map(len, self.pieces)))
