"""One HTTP/1.1 connection: reads are stored with their arrival, nothing is decoded.

This is the hot path. Each read is kept with its stamp, and a C parser looks for the end of the message; the body stays
as it came.
"""

from __future__ import annotations

import asyncio
import ssl
from array import array
from itertools import accumulate

import httptools

from pytest_fmbench.client import stamps
from pytest_fmbench.client.patience import Patience, Watch
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.client.wire import Wire
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End, Recording

_READ_SIZE = 65_536
_MOST_READS = 64
"""At a time, so that a server which writes without pause does not keep us from the others."""
_LARGEST = 256 * 1024 * 1024
_FIRST_FINAL_STATUS = 200


class Connection:
    """A connection that answers one request at a time."""

    def __init__(self, wire: Wire, receiver: Receiver) -> None:
        self.used = False
        self._wire, self._receiver = wire, receiver
        self._receive = wire.sock.recvmsg
        self._recording: Recording | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._done: asyncio.Future[None] | None = None
        self._pieces: list[bytes] = []
        self._room = _LARGEST
        self._open = True
        receiver.watch(wire.sock, self)

    @property
    def reusable(self) -> bool:
        """It is open and idle."""
        return self._open and self._recording is None

    async def exchange(self, message: bytes, recording: Recording, patience: Patience) -> None:
        """Send ``message`` and fill ``recording`` until the response ends, however that is.

        :param message: the whole request, head and body.
        """
        self._recording, self._done = recording, asyncio.get_running_loop().create_future()
        self._arrivals, self._earliest = recording.arrivals, recording.earliest
        self._parser, self._pieces, self._room = httptools.HttpResponseParser(self), [], _LARGEST
        recording.stamp = "kernel" if self._wire.stamped else "loop"
        self._send(message, recording)
        watch = Watch(self, recording, patience)
        try:
            await self._done
        except asyncio.CancelledError:
            self._finish(End.CENSORED, "the run ended first")
            raise
        finally:
            # the parser knows this connection, and in a load process no collector frees what knows each other
            self.used, self._recording, self._parser, self._done = True, None, None, None
            watch.stop()

    def close(self) -> None:
        """Close the socket; whatever was being received ends as ``closed``."""
        self._lose(End.CLOSED, "we closed the connection")

    def time_out(self, detail: str) -> None:
        """End the current exchange, because it took too long."""
        self._finish(End.TIMEOUT, detail)

    def on_readable(self, earliest_ns: int, ahead_ns: int) -> None:
        """Called by the receiver: read until there is no more. Every token passes here."""
        for _ in range(_MOST_READS):
            try:
                data, ancillary, _, _ = self._receive(_READ_SIZE, stamps.SPACE)
            except (BlockingIOError, InterruptedError):
                self._note_left(ahead_ns)
                return
            except OSError as error:
                self._lose(End.RESET, str(error) or type(error).__name__)
                return
            arrived_ns = stamps.stamp_of(ancillary) - ahead_ns if ancillary else monotonic_ns()
            self._take(data, arrived_ns, earliest_ns)
            if len(data) < _READ_SIZE or not self._open:
                return

    def on_message_complete(self) -> None:
        """Called by the parser, inside ``feed_data``, when a response has ended."""
        parser = self._parser
        if parser is None or parser.get_status_code() >= _FIRST_FINAL_STATUS:  # others come before the response
            self._finish(End.COMPLETE, keep=parser is not None and parser.should_keep_alive())

    def _take(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        if not data:
            self._lose(End.CLOSED, "the server closed the connection")
            return
        try:
            if self._wire.secure:
                data = self._wire.decrypt(data)
                if not data:
                    return
            parser = self._parser
            if parser is None:
                self._shut()  # bytes that nobody asked for: whatever they belong to, this connection is out of step
                return
            self._pieces.append(data)
            self._arrivals.append(arrived_ns)
            self._earliest.append(earliest_ns)
            parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._finish(End.PROTOCOL, f"not HTTP: {error}")
        except ssl.SSLError as error:
            self._lose(End.PROTOCOL, f"not TLS: {error}")
        self._room -= len(data)
        if self._room < 0:
            self._finish(End.PROTOCOL, f"the response is larger than {_LARGEST} bytes")

    def _send(self, message: bytes, recording: Recording) -> None:
        recording.sent_ns = monotonic_ns()
        try:
            recording.sent_ns = self._wire.send(message)
        except OSError as error:
            self._lose(End.RESET, str(error) or type(error).__name__)

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
        recording.end, recording.done_ns = end, monotonic_ns()
        recording.detail = detail
        recording.data = bytearray(b"".join(self._pieces))
        recording.ends = array("q", accumulate(map(len, self._pieces)))
        if not keep:
            self._shut()
        if done is not None and not done.done():
            done.set_result(None)

    def _shut(self) -> None:
        if self._open:
            self._open = False
            self._receiver.forget(self._wire.sock)
            self._wire.close()
