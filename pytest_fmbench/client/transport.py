"""The transport that measures: HTTP/1.1, what comes in is stored as it arrived, with the kernel's stamps."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import anyio
import httpx

from pytest_fmbench.client.connecting import Origin, connect
from pytest_fmbench.client.connection import Connection
from pytest_fmbench.client.message import Message
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.client.receiving import receiver_here
from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.client.round_trip import RoundTrips
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End, Recording

_PAUSE_S, _LONG_PAUSE_S = 0.001, 0.002
_STREAM = 2
"""Reads that make a stream of tokens."""
_FEW = 6
"""One in so many is few."""


class RecordingTransport(Recorder):
    """HTTP/1.1 over sockets, one request a connection at a time, connections kept alive, as many as are needed.

    Of one event loop at a time: in another, it begins anew with fresh connections.

    :param tls: context for ``https``; None makes httpx's default one when it is first needed.
    :param fresh: every request gets a connection of its own.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, fresh: bool = False) -> None:
        self._tls, self._fresh, self._stamped = tls, fresh, False
        self._receiver: Receiver | None = None
        self._idle: dict[Origin, list[Connection]] = {}
        self._all: set[Connection] = set()
        self._connecting = self._under_way = 0
        self._making: set[asyncio.Future[None]] = set()
        self._trips = RoundTrips()

    @property
    def receiver(self) -> Receiver:
        """What reads the sockets in the running event loop.

        :raises OSError: when the process may open no more files.
        """
        if self._receiver is not None and not self._receiver.here:
            self._close()
        if self._receiver is None:
            self._receiver = receiver_here()
        return self._receiver

    async def exchange(self, message: Message, recording: Recording) -> None:
        """Send ``message`` and fill ``recording``; never raises for what a server does.

        A reused connection that turns out to be closed before the first byte is replaced once.
        """
        while True:
            connection = await self._connection(message, recording)
            if connection is None:
                return
            stale = connection.used
            self._under_way += 1
            try:
                await connection.exchange(message.content, recording, message.patience)
            finally:
                self._under_way -= 1
                self._put_back(message.origin, connection)
            if not (stale and recording.end in (End.CLOSED, End.RESET) and not recording.data):
                return
            recording.end, recording.detail, recording.done_ns, recording.sent_ns = None, "", None, None
            recording.reconnects += 1

    def make_ready(self, message: Message) -> None:
        """As :class:`Recorder` says. Whatever is in the way of a connection, the request itself will meet and tell."""
        if not self._fresh and not self._idle.get(message.origin):
            making = asyncio.ensure_future(self._make_ready(message))
            self._making.add(making)
            making.add_done_callback(self._making.discard)

    async def _make_ready(self, message: Message) -> None:
        with contextlib.suppress(OSError):
            connection = await self._opened(message, Recording())
            if connection is not None:
                self._put_back(message.origin, connection)

    def keep_up(self) -> None:
        """As :class:`Recorder` says."""
        if self._receiver is not None:
            self._receiver.keep_up()

    def pause_s(self) -> float:
        """As :class:`Recorder` says: under a stream of tokens, and unless a connection is being made.

        It is long only where of the responses under way few had something since this was last asked, so that each
        token is read before its stream's next one has come.
        """
        reads = self._receiver.reads_since() if self._receiver is not None and self._stamped else 0
        if reads < _STREAM or self._connecting:
            return 0.0
        return _LONG_PAUSE_S if reads * _FEW <= self._under_way else _PAUSE_S

    @property
    def clock_step_ns(self) -> int:
        """As :class:`Recorder` says."""
        return 0 if self._receiver is None else self._receiver.clock_step_ns

    def round_trips(self) -> RoundTrips:
        """As :class:`Recorder` says; of connections that are gone, and of those that are open now."""
        trips = RoundTrips(self._trips.shortest_us, self._trips.smoothed_us[:])
        for connection in self._all:
            connection.note_round_trip(trips)
        return trips

    async def aclose(self) -> None:
        """Close every connection; what is under way ends as ``censored``."""
        self._close()

    async def _connection(self, message: Message, recording: Recording) -> Connection | None:
        try:
            kept = None if recording.reconnects else self._kept(message.origin)
            return kept or await self._opened(message, recording)
        except TimeoutError as error:  # before OSError, whose subclass it is
            _unconnected(recording, End.TIMEOUT, str(error) or f"no connection within {message.connect_timeout_s:g} s")
        except OSError as error:
            _unconnected(recording, End.CONNECT, str(error))
        except asyncio.CancelledError:
            _unconnected(recording, End.CENSORED, "the run ended first")
            raise
        return None

    def _kept(self, origin: Origin) -> Connection | None:
        idle = self._idle.get(origin, [])
        while idle and self._receiver is not None and self._receiver.here:  # else they are of another loop
            connection = idle.pop()
            if connection.reusable:
                return connection
            self._all.discard(connection)
        return None

    async def _opened(self, message: Message, recording: Recording) -> Connection | None:
        receiver = self.receiver
        receiver.keep_up()
        # not asyncio.wait_for: before Python 3.12 it swallows a cancellation that meets the result
        self._connecting += 1
        try:
            with anyio.fail_after(message.connect_timeout_s):
                wire = await connect(message.origin, recording, self._context(message.origin))
        finally:
            self._connecting -= 1
        if receiver is not self._receiver:
            wire.close()
            _unconnected(recording, End.CENSORED, "the transport was closed meanwhile")
            return None
        self._stamped = wire.stamped
        connection = Connection(wire, receiver)
        self._all.add(connection)
        return connection

    def _put_back(self, origin: Origin, connection: Connection) -> None:
        if connection.reusable and not self._fresh:
            self._idle.setdefault(origin, []).append(connection)
        else:
            connection.note_round_trip(self._trips)
            connection.close()
            self._all.discard(connection)

    def _close(self) -> None:
        for making in self._making:
            making.cancel()
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._idle.clear()
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None

    def _context(self, origin: Origin) -> ssl.SSLContext | None:
        if self._tls is None and origin.secure:
            self._tls = httpx.create_ssl_context()
        return self._tls


def _unconnected(recording: Recording, end: End, detail: str) -> None:
    recording.end, recording.detail, recording.done_ns = end, detail, monotonic_ns()
