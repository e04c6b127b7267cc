"""One HTTP/1.1 connection: reads are stored with their arrival, nothing is decoded.

This is the hot path. Each read is kept with its stamp, and a C parser looks for the end of the message; the body stays
as it came.
"""

from __future__ import annotations

import asyncio
from array import array
from itertools import accumulate

import httptools

from pytest_fmbench.client import stamps
from pytest_fmbench.client.patience import Patience, Watch
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.client.wire import Wire
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End, Recording

_stamp_of, _SPACE = stamps.stamp_of, stamps.SPACE
_READ_SIZE = 1_000
"""Enough for a usual token, and so little that memory for it is had fast."""
_LARGE_READ_SIZE = 65_536
"""Of a response, once a read did not bring all that was there."""
_EVENT, _END, _RETURN = b"\n\n\r\n", b"\r\n\r\n", 13
"""How a chunk ends that is an event, and a message; the latter may be cut, and then a read begins with its rest."""
_MOST_READS = 64
"""At a time, so that a server which writes without pause does not keep us from the others."""
_LARGEST_HEAD, _LARGEST = 256 * 1024, 256 * 1024 * 1024
_FIRST_FINAL_STATUS = 200


class Connection:
    """A connection that answers one request at a time."""

    __slots__ = (
        "_arrivals", "_behind_ns", "_chunked", "_done", "_earliest", "_largest", "_open", "_parsed", "_parser",
        "_pieces", "_receive", "_receiver", "_recording", "_room", "_secure", "_size", "_unstamped", "_watch",
        "_wire", "used",
    )  # fmt: skip

    def __init__(self, wire: Wire, receiver: Receiver) -> None:
        self.used = False
        self._wire, self._receiver, self._watch = wire, receiver, Watch()
        self._receive, self._secure = wire.sock.recvmsg, wire.tls is not None
        self._recording: Recording | None = None
        self._arrivals, self._earliest = array("q"), array("q")
        self._parser: httptools.HttpResponseParser | None = None
        self._done: asyncio.Future[None] | None = None
        self._pieces: list[bytes] = []
        self._chunked, self._parsed = False, 0
        self._room, self._largest, self._size = _LARGEST_HEAD, _LARGEST_HEAD, _READ_SIZE
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

    def close(self) -> None:
        """Close the socket; whatever was being received ends as ``censored``."""
        self._lose(End.CENSORED, "we closed the connection")

    def time_out(self, detail: str) -> None:
        """End the current exchange, because it took too long, unless what has come says that it ended otherwise."""
        if self._parser is not None and self._parsed < len(self._pieces):
            self._parse(self._parser)
        self._finish(End.TIMEOUT, detail)

    def on_readable(self, earliest_ns: int, ahead_ns: int) -> None:
        """Called by the receiver: read until there is no more. Every token passes here."""
        if self._behind_ns:
            earliest_ns, self._behind_ns = self._behind_ns, 0
        if self._read(earliest_ns, ahead_ns):
            self._read_on(earliest_ns, ahead_ns)

    def _read(self, earliest_ns: int, ahead_ns: int) -> bool:
        """Read once; returns whether there may be more."""
        receive, size = self._receive, self._size  # a local one is called faster, as each token's is
        try:
            data, ancillary, _, _ = receive(size, _SPACE)
        except (BlockingIOError, InterruptedError):
            self._note_left(ahead_ns)
            return False
        except OSError as error:
            self._lose(End.RESET, str(error) or type(error).__name__)
            return False
        full = len(data) == size
        if full and size == _READ_SIZE:
            data, ancillary, full = self._rest(data, ancillary)
        if ancillary:
            arrived_ns = _stamp_of(ancillary) - ahead_ns
        else:
            arrived_ns, self._unstamped = monotonic_ns(), self._unstamped or bool(data)
        if earliest_ns > arrived_ns:  # noqa: PLR1730  # no call for each token
            earliest_ns = arrived_ns
        if self._secure:
            self._take_encrypted(data, arrived_ns, earliest_ns)
        else:
            self._take(data, arrived_ns, earliest_ns)
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
            self._largest = self._room = _LARGEST

    def on_message_complete(self) -> None:
        """Called by the parser, inside ``feed_data``, when a response has ended."""
        parser = self._parser
        if parser is not None and parser.get_status_code() >= _FIRST_FINAL_STATUS:  # others come before the response
            # one that came before its request was all sent leaves the rest of that in the way
            self._finish(End.COMPLETE, keep=parser.should_keep_alive() and not self._wire.unsent)

    def _begin(self, recording: Recording) -> asyncio.Future[None]:
        self._recording, self._done = recording, self._receiver.loop.create_future()
        self._arrivals, self._earliest = recording.arrivals, recording.earliest
        self._parser, self._pieces = httptools.HttpResponseParser(self), []
        self._chunked, self._parsed = False, 0
        self._largest = self._room = _LARGEST_HEAD
        self._size = _READ_SIZE
        self._unstamped = not self._wire.stamped
        return self._done

    def _take(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        if not data:
            self._end()
            return
        parser = self._parser
        if parser is None:
            self._shut()  # bytes that nobody asked for: whatever they belong to, this connection is out of step
            return
        self._pieces.append(data)
        self._arrivals.append(arrived_ns)
        self._earliest.append(earliest_ns)
        if not (self._chunked and data.endswith(_EVENT) and _END not in data and data[0] > _RETURN):
            self._parse(parser)
        self._room -= len(data)
        if self._room < 0:
            self._overflow()

    def _parse(self, parser: httptools.HttpResponseParser) -> None:
        """Let the parser see what it has not seen. Of a chunked response no read can be the end that is an event."""
        pieces, begin = self._pieces, self._parsed
        self._parsed = len(pieces)
        try:
            parser.feed_data(pieces[-1] if begin == len(pieces) - 1 else b"".join(pieces[begin:]))
        except httptools.HttpParserError as error:
            self._lose(End.PROTOCOL, f"not HTTP: {error}")
        except httptools.HttpParserUpgrade:
            self._lose(End.PROTOCOL, "the server changed to another protocol, which nobody asked for")

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
            self._lose(End.RESET, str(error) or type(error).__name__)
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
        recording.data = bytearray().join(self._pieces)
        recording.ends = array("q", accumulate(map(len, self._pieces)))
        recording.stamp = "loop" if self._unstamped else "kernel"
        # what comes after the end is nobody's; and in a load process no collector frees what knows each other
        self._parser, self._pieces = None, []
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
