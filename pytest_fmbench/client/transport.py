"""An httpx transport that records: what httpx builds goes out, what comes in is stored as it arrived.

Headers, URLs, timeouts and mocks are plain httpx. A caller that wants the stamps puts a
:class:`~pytest_fmbench.model.exchange.Recording` into ``request.extensions["recording"]``; one that
wants nothing else hands its request straight to :meth:`RecordingTransport.record`.
"""

from __future__ import annotations

import asyncio
import math
import ssl

import anyio
import httpx

from pytest_fmbench.client.connection import Connection, Patience
from pytest_fmbench.client.framing import read_response
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.exchange import End, Recording

Origin = tuple[bytes, bytes, int]

_ERRORS: dict[End, type[httpx.TransportError]] = {
    End.CONNECT: httpx.ConnectError,
    End.RESET: httpx.ReadError,
    End.CLOSED: httpx.RemoteProtocolError,
    End.PROTOCOL: httpx.RemoteProtocolError,
    End.TIMEOUT: httpx.ReadTimeout,
}


class RecordingTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over asyncio, one request a connection at a time, connections kept alive, as many as are needed.

    :param tls: context for ``https``; None makes httpx's default one when it is first needed.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._idle: dict[Origin, list[Connection]] = {}
        self._all: set[Connection] = set()

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
        """Send a request whose content is in memory and fill ``recording``; never raises for what a server does.

        httpx's ``read`` timeout is the longest silence; ``request.extensions["whole_timeout"]`` is how long all of it
        may take, in seconds. A reused connection that turns out to be closed before the first byte is replaced once.
        """
        message = _serialise(request)
        timeout = request.extensions.get("timeout", {})
        patience = Patience(timeout.get("read") or math.inf, request.extensions.get("whole_timeout", math.inf))
        while True:
            connection = await self._connection(request.url, recording, timeout.get("connect"))
            if connection is None:
                return
            stale = connection.used
            await connection.exchange(message, recording, patience)
            if connection.reusable:
                self._idle.setdefault(_origin(request.url), []).append(connection)
            else:
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

    async def _connection(self, url: httpx.URL, recording: Recording, timeout_s: float | None) -> Connection | None:
        idle = self._idle.get(_origin(url), [])
        while idle and not recording.reconnects:
            connection = idle.pop()
            if connection.reusable:
                return connection
            self._all.discard(connection)
        try:
            # not asyncio.wait_for: before Python 3.12 it swallows a cancellation that meets the result
            with anyio.fail_after(timeout_s):
                connection = await self._connect(url, recording)
        except TimeoutError as error:  # before OSError, whose subclass it is
            _unconnected(recording, End.TIMEOUT, str(error) or f"no connection within {timeout_s:g} s")
            return None
        except OSError as error:
            _unconnected(recording, End.CONNECT, str(error))
            return None
        except asyncio.CancelledError:
            _unconnected(recording, End.CENSORED, "the run ended first")
            raise
        self._all.add(connection)
        return connection

    async def _connect(self, url: httpx.URL, recording: Recording) -> Connection:
        loop = asyncio.get_running_loop()
        begun = monotonic_ns()
        transport, connection = await loop.create_connection(Connection, url.host, _origin(url)[2])
        connected = monotonic_ns()
        recording.connect_ns = connected - begun
        if url.scheme == "https":
            secure = await loop.start_tls(transport, connection, self._context(), server_hostname=url.host)
            if secure is None:
                raise ConnectionResetError("the connection was lost during the TLS handshake")
            connection.connection_made(secure)
            recording.tls_ns = monotonic_ns() - connected
        return connection

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        return self._tls


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
    return url.raw_scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80)


def _serialise(request: httpx.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % header for header in request.headers.raw]
    return b"\r\n".join((*lines, b"", request.content))
