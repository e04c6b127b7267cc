"""One HTTP/1.1 connection: reads are stored with their arrival, nothing is decoded.

This is the hot path. Each read is kept with its stamp, and a C parser looks for the end of the message; the body stays
as it came.
"""

from __future__ import annotations

import asyncio
from array import array
from itertools import accumulate
from typing import Any

import httptools

from pytest_fmbench.client import stamps
from pytest_fmbench.client.patience import Patience, Watch
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.client.round_trip import RoundTrips
from pytest_fmbench.client.wire import Wire
from pytest_fmbench.clock import NS_PER_S, monotonic_ns, realtime_ahead_ns
from pytest_fmbench.model.exchange import End, Recording

_timespec, _SPACE = stamps.timespec, stamps.SPACE
_READ_SIZE = 1_000
"""Enough for a usual token, and so little that memory for it is had fast."""
_LARGE_READ_SIZE = 65_536
"""Of a response, once a read did not bring all that was there."""
_EVENT, _RETURN = b"\n\n\r\n", 13
"""How a chunk ends that is an event. Whatever has two carriage returns and ends so is one chunk, and not the last."""
_CHUNK_RETURNS = 2
_COLUMNS = 3
"""Of a read that the parser has not seen: bytes, when they arrived, when the socket was seen empty, in ns."""
_MOST_UNSEEN = 256 * _COLUMNS
"""So that what there is of a response is known."""
_MOST_READS = 64
"""At a time, so that a server which writes without pause does not keep us from the others."""
_LARGEST_HEAD, _LARGEST = 256 * 1024, 256 * 1024 * 1024
_FIRST_FINAL_STATUS = 200


class Connection:
    """A connection that answers one request at a time."""

    __slots__ = (
        "_behind_ns", "_chunked", "_done", "_largest", "_open", "_parser", "_pieces", "_plain", "_receive", "_receiver",
        "_recording", "_size", "_taken", "_unseen", "_unstamped", "_watch", "_wire", "used",
    )  # fmt: skip

    def __init__(self, wire: Wire, receiver: Receiver) -> None:
        self.used = False
        self._wire, self._receiver, self._watch = wire, receiver, Watch()
        self._receive, self._plain = wire.sock.recvmsg, wire.tls is None
        self._recording: Recording | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._done: asyncio.Future[None] | None = None
        # columns of reads in turn, since one list is kept up faster than three, or one of tuples
        self._unseen: list[Any] = []
        self._pieces: list[bytes] = []
        self._chunked, self._taken = False, 0
        self._largest, self._size = _LARGEST_HEAD, _READ_SIZE
        self._behind_ns, self._unstamped, self._open = 0, False, True
        if receiver.alone:
            wire.stamp_sends()
        receiver.watch(wire.sock, self)

    @property
    def reusable(self) -> bool:
        """It is open and idle."""
        return self._open and self._recording is None

    async def exchange(self, message: bytes, recording: Recording, patience: Patience) -> None:
        """Send ``message`` and fill ``recording`` until the response ends, however that is.

        :param message: the whole request, head and body.
        """
        done = self._begin(recording)
        self._send(message, recording)
        if recording.end is None:
            self._watch.begin(self, recording, patience)
            self._receiver.keep_up()
        try:
            await done
        except asyncio.CancelledError:
            self._finish(End.CENSORED, "the run ended first")
            raise
        finally:
            self.used, self._recording, self._done = True, None, None
            self._watch.end()

    def note_round_trip(self, trips: RoundTrips) -> None:
        """Tell ``trips`` of the socket, unless it is closed."""
        trips.note(self._wire.sock)

    def close(self) -> None:
        """Close the socket; whatever was being received ends as ``censored``."""
        self._lose(End.CENSORED, "we closed the connection")

    def catch_up(self) -> None:
        """Look at all that has come, which may say that the exchange has ended."""
        if self._parser is not None and self._unseen:
            self._parse(self._parser)

    def time_out(self, detail: str) -> None:
        """End the current exchange, because it took too long."""
        self._finish(End.TIMEOUT, detail)

    def on_readable(self, earliest_ns: int, ahead_ns: int) -> None:
        """Called by the receiver: read until there is no more."""
        if self._behind_ns:
            earliest_ns, self._behind_ns = self._behind_ns, 0
        if self._read(earliest_ns, ahead_ns):
            self._read_on(earliest_ns, ahead_ns)

    def on_read(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        """Called by the receiver. Every token passes here."""
        if not arrived_ns:
            arrived_ns, self._unstamped = monotonic_ns(), self._unstamped or bool(data)
        if not self._plain:
            self._take_encrypted(data, arrived_ns, earliest_ns)
        elif self._chunked and data.endswith(_EVENT) and data.count(_RETURN) == _CHUNK_RETURNS and data[0] > _RETURN:
            unseen = self._unseen
            unseen += (data, arrived_ns, earliest_ns)
            if len(unseen) > _MOST_UNSEEN:
                self.catch_up()
        else:
            self._take(data, arrived_ns, earliest_ns)

    def on_broken(self, error: OSError) -> None:
        """Called by the receiver: the connection is lost."""
        self._lose(End.RESET, str(error) or type(error).__name__)

    def _read(self, earliest_ns: int, ahead_ns: int) -> bool:
        """Read once; returns whether there may be more."""
        receive, size = self._receive, self._size  # a local one is called faster, as each token's is
        try:
            data, ancillary, _, _ = receive(size, _SPACE)
        except (BlockingIOError, InterruptedError):
            self._note_left(ahead_ns)
            return False
        except OSError as error:
            self.on_broken(error)
            return False
        full = len(data) == size
        if full and size == _READ_SIZE:
            data, ancillary, full = self._rest(data, ancillary)
        arrived_ns = 0
        if ancillary:
            seconds, nanoseconds = _timespec(ancillary[0][2])  # as stamps.stamp_of, without the call
            arrived_ns = seconds * NS_PER_S + nanoseconds - ahead_ns
        self.on_read(data, arrived_ns, earliest_ns)
        return full and self._open

    def _rest(self, data: bytes, ancillary: stamps.Ancillary) -> tuple[bytes, stamps.Ancillary, bool]:
        """Read what a small read left, as a part of it: what the kernel has merged has one stamp, the last one's."""
        self._size = _LARGE_READ_SIZE
        try:
            more, later, _, _ = self._receive(_LARGE_READ_SIZE, _SPACE)
        except (BlockingIOError, InterruptedError):
            return data, ancillary, False
        except OSError as error:  # told only once, and first comes what has been read
            self._wire.failure = error
            return data, ancillary, True
        return data + more, later or ancillary, not more or len(more) == _LARGE_READ_SIZE

    def _read_on(self, earliest_ns: int, ahead_ns: int) -> None:
        """Read what else there is, but not for ever: others wait."""
        for _ in range(_MOST_READS):
            if not self._read(earliest_ns, ahead_ns):
                return
        self._behind_ns = earliest_ns  # it was not emptied, so what is left may have come as early

    def on_writable(self) -> None:
        """Called by the receiver: the socket takes more of what is still to be sent."""
        self._wire.send_more()
        self._note_left(realtime_ahead_ns())  # else its stamps keep us called
        if not self._wire.unsent:
            self._receiver.forget_room(self._wire.sock)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if name.lower() == b"transfer-encoding":
            self._chunked = b"chunked" in value.lower()

    def on_message_begin(self) -> None:
        """Called by the parser. A second response, which nobody asked for, puts the connection out of step."""
        if self._parser is None:
            self._shut()

    def on_headers_complete(self) -> None:
        """Called by the parser. The room for heads is for those of all informational responses too."""
        if self._parser is not None and self._parser.get_status_code() >= _FIRST_FINAL_STATUS:
            self._largest = _LARGEST

    def on_message_complete(self) -> None:
        """Called by the parser, inside ``feed_data``, when a response has ended."""
        parser = self._parser
        if parser is not None and parser.get_status_code() >= _FIRST_FINAL_STATUS:  # others come before the response
            # one that came before its request was all sent leaves the rest of that in the way
            self._finish(End.COMPLETE, keep=parser.should_keep_alive() and not self._wire.unsent)

    def _begin(self, recording: Recording) -> asyncio.Future[None]:
        self._recording, self._done = recording, self._receiver.loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._taken, self._largest, self._size = 0, _LARGEST_HEAD, _READ_SIZE
        self._unstamped = not self._wire.stamped
        return self._done

    def _take(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        """Take what may be the end of something."""
        parser = self._parser
        if not data:
            self._end()
        elif parser is None:
            self._shut()  # bytes that nobody asked for: whatever they belong to, this connection is out of step
        else:
            self._unseen += (data, arrived_ns, earliest_ns)
            self._parse(parser)

    def _parse(self, parser: httptools.HttpResponseParser) -> None:
        """Let the parser see what it has not seen."""
        try:
            parser.feed_data(self._gathered())
        except httptools.HttpParserError as error:
            self._lose(End.PROTOCOL, f"not HTTP: {error}")
        except httptools.HttpParserUpgrade:
            self._lose(End.PROTOCOL, "the server changed to another protocol, which nobody asked for")
        if self._taken > self._largest:
            self._overflow()

    def _gathered(self) -> bytes:
        """What the parser has not seen, in one piece, noted."""
        pieces, arrivals, earliest = (self._unseen[column::_COLUMNS] for column in range(_COLUMNS))
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._unseen = []
        self._pieces.append(data)
        if self._recording is not None:
            # as arrays, which are made and added at once; to extend one takes as long for each
            self._recording.ends += array("q", [*accumulate(map(len, pieces), initial=self._taken)])[1:]
            self._recording.arrivals += array("q", arrivals)
            self._recording.earliest += array("q", earliest)
        self._taken += len(data)
        return data

    def _take_encrypted(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        tls = self._wire.tls
        plain = tls.decrypt(data) if tls is not None and data else b""
        if plain or not data:
            self._take(plain, arrived_ns, earliest_ns)
        if tls is not None and tls.failure is not None:
            self._lose(End.PROTOCOL, f"not TLS: {tls.failure}")
        elif tls is not None and tls.closed:
            self._end()

    def _end(self) -> None:
        """Nothing more comes: the server closed the connection, unless it broke it and our last send was told so."""
        failure = self._wire.failure
        if failure is None:
            self._lose(End.CLOSED, "the server closed the connection")
        else:
            self._lose(End.RESET, str(failure))

    def _overflow(self) -> None:
        what = "response" if self._largest == _LARGEST else "head of the response"
        self._lose(End.PROTOCOL, f"the {what} is larger than {self._largest} bytes")

    def _send(self, message: bytes, recording: Recording) -> None:
        recording.sent_ns = monotonic_ns()
        try:
            recording.sent_ns = self._wire.send(message)
        except OSError as error:
            self.on_broken(error)
            return
        if self._wire.unsent:
            self._receiver.watch_room(self._wire.sock, self)

    def _note_left(self, ahead_ns: int) -> None:
        """A device may tell only later when it sent; until it is asked, the socket counts as readable."""
        left_ns, recording = self._wire.left_ns(ahead_ns), self._recording
        if left_ns is not None and recording is not None:
            recording.sent_ns = left_ns

    def _lose(self, end: End, detail: str) -> None:
        self._shut()
        self._finish(end, detail)

    def _finish(self, end: End, detail: str = "", *, keep: bool = False) -> None:
        recording, done = self._recording, self._done
        if recording is None or recording.end is not None:
            return
        recording.end, recording.detail, recording.done_ns = end, detail, monotonic_ns()
        if self._wire.untold:  # a ring does not say that there is a send's stamp
            self._note_left(realtime_ahead_ns())
        if self._unseen:
            self._gathered()
        recording.data = bytearray().join(self._pieces)
        recording.stamp = "loop" if self._unstamped else "kernel"
        # what comes after the end is nobody's; and in a load process no collector frees what knows each other
        self._parser, self._pieces, self._chunked = None, [], False
        if not keep:
            self._shut()
        if done is not None and not done.done() and not done.get_loop().is_closed():
            done.set_result(None)

    def _shut(self) -> None:
        if self._open:
            self._open = False
            self._watch.stop()
            self._receiver.forget(self._wire.sock)
            self._wire.close()
