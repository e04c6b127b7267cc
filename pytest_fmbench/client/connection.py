"""One HTTP/1.1 connection, from the socket's side: reads are stored with their arrival, nothing is decoded.

This is the hot path. For each read it takes a stamp, keeps the bytes and lets a C parser look for the end
of the message; the body stays as it came.
"""

from __future__ import annotations

import asyncio

import httptools

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.model.exchange import End, Recording


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

    async def exchange(self, message: bytes, recording: Recording, idle_timeout_s: float | None) -> None:
        """Send ``message`` and fill ``recording`` until the response ends, however that is.

        :param message: the whole request, head and body.
        :param idle_timeout_s: longest silence allowed, in seconds; None waits for ever.
        """
        transport = self._transport
        if transport is None:
            raise RuntimeError("exchange before the connection was made")
        loop = asyncio.get_running_loop()
        self._recording, self._done = recording, loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        recording.sent_ns = monotonic_ns()
        transport.write(message)
        watch = _Watch(self, idle_timeout_s) if idle_timeout_s is not None else None
        try:
            await self._done
        except asyncio.CancelledError:
            self._finish(End.CENSORED, "the run ended first")
            raise
        finally:
            self.used, self._recording = True, None
            if watch:
                watch.stop()

    def close(self) -> None:
        """Close the socket; whatever was being received ends as ``closed``."""
        if self._transport is not None:
            self._transport.abort()

    def silent_since_ns(self) -> int:
        """When the last sign of life of the current exchange was."""
        recording = self._recording
        if recording is None:
            return monotonic_ns()
        return recording.arrivals[-1] if recording.arrivals else (recording.sent_ns or 0)

    def time_out(self, silence_s: float) -> None:
        """End the current exchange, because nothing arrived for ``silence_s`` seconds."""
        self._finish(End.TIMEOUT, f"nothing arrived for {silence_s:g} s")

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
        recording.arrivals.append(arrived)
        recording.reads.append(data)
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
    """Looks at a connection only when its silence could have grown too long, so that a read costs nothing."""

    def __init__(self, connection: Connection, silence_s: float) -> None:
        self._connection, self._silence_s = connection, silence_s
        self._timer = asyncio.get_running_loop().call_later(silence_s, self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        left = self._connection.silent_since_ns() + seconds_to_ns(self._silence_s) - monotonic_ns()
        if left <= 0:
            self._connection.time_out(self._silence_s)
        else:
            self._timer = asyncio.get_running_loop().call_later(left / 1e9, self._look)
