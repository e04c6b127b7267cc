"""One HTTP/1.1 connection, from the socket's side: reads are stored with their arrival, nothing is decoded.

This is the hot path. For each read it takes a stamp, keeps the bytes and lets a C parser look for the end
of the message; the body stays as it came.
"""

from __future__ import annotations

import asyncio
import math
import sys
from dataclasses import dataclass

import httptools

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.model.exchange import End, Recording

_LONGEST_S = 1e8
_LONGEST_TIMER_S = 3600.0


@dataclass(frozen=True)
class Patience:
    """How long a response may take, in seconds; infinite is for ever.

    :param silence_s: until the first byte, and between any two reads.
    :param whole_s: from sending to the end.
    """

    silence_s: float = math.inf
    whole_s: float = math.inf

    @property
    def silence_ns(self) -> int:
        """In ns."""
        return _ns(self.silence_s)

    @property
    def whole_ns(self) -> int:
        """In ns."""
        return _ns(self.whole_s)


def _ns(seconds: float) -> int:
    return seconds_to_ns(min(seconds, _LONGEST_S))


class Connection(asyncio.Protocol):
    """A connection that answers one request at a time."""

    def __init__(self) -> None:
        self.used = False
        self._transport: asyncio.Transport | None = None
        self._recording: Recording | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._done: asyncio.Future[None] | None = None
        self._open = False

    @property
    def reusable(self) -> bool:
        """It is open and idle."""
        return self._open and self._recording is None

    async def exchange(self, message: bytes, recording: Recording, patience: Patience) -> None:
        """Send ``message`` and fill ``recording`` until the response ends, however that is.

        :param message: the whole request, head and body.
        """
        transport = self._transport
        if transport is None:
            raise RuntimeError("exchange before the connection was made")
        loop = asyncio.get_running_loop()
        self._recording, self._done = recording, loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        recording.sent_ns = monotonic_ns()
        transport.write(message)
        watch = _Watch(self, patience)
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
        if self._transport is not None:
            self._transport.abort()

    def patience_left_ns(self, patience: Patience) -> tuple[int, str]:
        """How long the current exchange may still go on, in ns, and what would have happened then."""
        recording, now_ns = self._recording, monotonic_ns()
        if recording is None or recording.sent_ns is None:
            return sys.maxsize, ""
        last_ns = recording.arrivals[-1] if recording.arrivals else recording.sent_ns
        first = "" if recording.arrivals else "not even a first byte: "
        silence = last_ns + patience.silence_ns - now_ns, f"{first}nothing arrived for {patience.silence_s:g} s"
        whole = recording.sent_ns + patience.whole_ns - now_ns, f"not complete within {patience.whole_s:g} s"
        return min(silence, whole)

    def time_out(self, detail: str) -> None:
        """End the current exchange, because it took too long."""
        self._finish(End.TIMEOUT, detail)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop, once for TCP and once more when TLS is up."""
        self._transport, self._open = transport, True  # type: ignore[assignment]  # asyncio promises a Transport here

    def data_received(self, data: bytes) -> None:
        """Called by the event loop for each read."""
        arrived = monotonic_ns()
        recording, parser = self._recording, self._parser
        if recording is None or parser is None:
            self.close()  # bytes that nobody asked for: whatever they belong to, this connection is out of step
            return
        recording.note(arrived, arrived, data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._finish(End.PROTOCOL, f"not HTTP: {error}")

    def on_message_complete(self) -> None:
        """Called by the parser, inside ``feed_data``, when the response has ended."""
        parser = self._parser
        self._finish(End.COMPLETE, keep=parser is not None and parser.should_keep_alive())

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop when the socket is gone; ``exc`` is None when the server closed it in order."""
        self._open = False
        if exc is None:
            self._finish(End.CLOSED, "the server closed the connection")
        else:
            self._finish(End.RESET, str(exc) or type(exc).__name__)

    def _finish(self, end: End, detail: str = "", *, keep: bool = False) -> None:
        recording, done = self._recording, self._done
        if recording is None or recording.end is not None:
            return
        recording.end, recording.done_ns = end, monotonic_ns()
        recording.detail = detail
        if not keep:
            self._open = False
            self.close()
        if done is not None and not done.done():
            done.set_result(None)


class _Watch:
    """Looks at a connection only when it could have been too slow, so that a read costs nothing."""

    def __init__(self, connection: Connection, patience: Patience) -> None:
        self._connection, self._patience = connection, patience
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        left_ns, detail = self._connection.patience_left_ns(self._patience)
        if left_ns <= 0:
            self._connection.time_out(detail)
        else:
            self._timer = asyncio.get_running_loop().call_later(min(left_ns / 1e9, _LONGEST_TIMER_S), self._look)
