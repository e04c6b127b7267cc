"""An httpx transport that records: what httpx builds goes out, what comes in is stored as it arrived.

Headers, URLs, timeouts and mocks are plain httpx. A caller that wants the stamps puts a
:class:`~pytest_fmbench.model.exchange.Recording` into ``request.extensions["recording"]``; one that
has its requests ready as bytes hands them straight to :meth:`RecordingTransport.exchange`.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from dataclasses import dataclass

import anyio
import httpx

from pytest_fmbench.client.connecting import Origin, connect
from pytest_fmbench.client.connection import Connection
from pytest_fmbench.client.framing import read_response
from pytest_fmbench.client.patience import ENDLESS, Patience
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.exchange import End, Recording

_ERRORS: dict[End, type[httpx.TransportError]] = {
    End.CONNECT: httpx.ConnectError,
    End.RESET: httpx.ReadError,
    End.CLOSED: httpx.RemoteProtocolError,
    End.PROTOCOL: httpx.RemoteProtocolError,
    End.TIMEOUT: httpx.ReadTimeout,
}


@dataclass(frozen=True)
class Message:
    """A request, ready to be sent.

    :param content: head and body.
    :param connect_timeout_s: longest wait for a connection, in seconds; None is for ever.
    """

    origin: Origin
    content: bytes
    patience: Patience = ENDLESS
    connect_timeout_s: float | None = None


class RecordingTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over sockets, one request a connection at a time, connections kept alive, as many as are needed.

    :param tls: context for ``https``; None makes httpx's default one when it is first needed.
    :param fresh: every request gets a connection of its own.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, fresh: bool = False) -> None:
        self._tls, self._fresh = tls, fresh
        self._receiver: Receiver | None = None
        self._idle: dict[Origin, list[Connection]] = {}
        self._all: set[Connection] = set()

    @property
    def receiver(self) -> Receiver:
        """What reads the sockets; bound to the event loop that first asks."""
        if self._receiver is None:
            self._receiver = Receiver()
        return self._receiver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What httpx calls. The response is whole when it is returned.

        :raises httpx.TransportError: when there is no whole response.
        """
        recording = request.extensions.setdefault("recording", Recording())
        await request.aread()
        await self.record(request, recording)
        reply = read_response(recording)
        if not reply.complete:
            raise _ERRORS[recording.end or End.PROTOCOL](recording.detail or "the response is cut", request=request)
        body = b"".join(piece for _, piece in reply.body)
        return httpx.Response(reply.status or 0, headers=reply.headers, content=body, extensions=request.extensions)

    async def record(self, request: httpx.Request, recording: Recording) -> None:
        """Send a request whose content is in memory; as :meth:`exchange`."""
        await self.exchange(message_of(request), recording)

    async def exchange(self, message: Message, recording: Recording) -> None:
        """Send ``message`` and fill ``recording``; never raises for what a server does.

        A reused connection that turns out to be closed before the first byte is replaced once.
        """
        while True:
            connection = await self._connection(message, recording)
            if connection is None:
                return
            stale = connection.used
            self.receiver.keep_up()
            await connection.exchange(message.content, recording, message.patience)
            if connection.reusable and not self._fresh:
                self._idle.setdefault(message.origin, []).append(connection)
            else:
                connection.close()
                self._all.discard(connection)
            if not (stale and recording.end in (End.CLOSED, End.RESET) and not recording.data):
                return
            recording.end, recording.detail, recording.done_ns = None, "", None
            recording.reconnects += 1

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._idle.clear()
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None

    async def _connection(self, message: Message, recording: Recording) -> Connection | None:
        idle = self._idle.get(message.origin, [])
        while idle and not recording.reconnects:
            connection = idle.pop()
            if connection.reusable:
                return connection
            self._all.discard(connection)
        try:
            # not asyncio.wait_for: before Python 3.12 it swallows a cancellation that meets the result
            with anyio.fail_after(message.connect_timeout_s):
                wire = await connect(message.origin, recording, self._context(message.origin))
        except TimeoutError as error:  # before OSError, whose subclass it is
            _unconnected(recording, End.TIMEOUT, str(error) or f"no connection within {message.connect_timeout_s:g} s")
            return None
        except OSError as error:
            _unconnected(recording, End.CONNECT, str(error))
            return None
        except asyncio.CancelledError:
            _unconnected(recording, End.CENSORED, "the run ended first")
            raise
        connection = Connection(wire, self.receiver)
        self._all.add(connection)
        return connection

    def _context(self, origin: Origin) -> ssl.SSLContext | None:
        if self._tls is None and origin.secure:
            self._tls = httpx.create_ssl_context()
        return self._tls


def message_of(request: httpx.Request) -> Message:
    """A request whose content is in memory, as bytes.

    httpx's ``read`` timeout is the longest silence; ``request.extensions["whole_timeout"]`` is how long all of it
    may take, in seconds.
    """
    timeout = request.extensions.get("timeout", {})
    patience = Patience(timeout.get("read") or math.inf, request.extensions.get("whole_timeout", math.inf))
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    content = b"\r\n".join((*lines, b"", request.content))
    return Message(_origin(request.url), content, patience, timeout.get("connect"))


def trusting(ca_bundle: str | None) -> ssl.SSLContext | None:
    """A context that trusts the certificates in a file; None, for the usual ones, where there is no file.

    :raises UsageError: when the file cannot be read as certificates.
    """
    if ca_bundle is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise UsageError(f"{ca_bundle} cannot be read as certificates: {error}") from error


def _unconnected(recording: Recording, end: End, detail: str) -> None:
    recording.end, recording.detail, recording.done_ns = end, detail, monotonic_ns()


def _origin(url: httpx.URL) -> Origin:
    return Origin(url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
