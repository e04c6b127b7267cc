"""The server: accepts connections, asks the script, and keeps what was truly written."""

from __future__ import annotations

import socket
import ssl
import traceback
from collections.abc import Iterator
from itertools import count

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.testing.asked import Asked, Received
from pytest_fmbench.testing.connection import Connection
from pytest_fmbench.testing.exposition import exposition
from pytest_fmbench.testing.loop import Loop
from pytest_fmbench.testing.reply import Reply
from pytest_fmbench.testing.steps import Reset, Script, Step
from pytest_fmbench.testing.truth import Truth


class Server:
    """Listens, and serves while its ``loop`` runs.

    :param script: may be changed at any time.
    :param port: 0 is any that is free.
    :param keep_asked: whether to keep requests in ``asked``.
    :param metrics: whether ``GET /metrics`` is answered with what the server knows of itself, and not by the script.
    :param host: address to listen on.
    :ivar failures: what the script raised.
    """

    def __init__(
        self,
        script: Script,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        *,
        keep_asked: bool = True,
        metrics: bool = False,
        host: str = "127.0.0.1",
    ) -> None:
        self.script, self.loop = script, Loop()
        self.asked: list[Asked] = []
        self.failures: list[Exception] = []
        self._replies: list[Reply] = []
        self._posted: list[Reply] = []
        self._connections: set[Connection] = set()
        self._tls, self._keep_asked, self._metrics = tls, keep_asked, metrics
        self._serials, self._index = count(), 0
        self._listener = socket.create_server((host, port), backlog=4096)
        self._listener.setblocking(False)
        self.host = host
        self.port = int(self._listener.getsockname()[1])
        self.loop.watch(self._listener, self._accept)

    def close(self) -> None:
        """Close all that is open."""
        for connection in list(self._connections):
            connection.close()
        self._listener.close()
        self.loop.close()

    def truths(self) -> list[Truth]:
        """What was truly written for each request."""
        return [reply.truth() for reply in self._replies]

    def forget(self) -> None:
        """Drop the requests and truths so far."""
        self.asked.clear()
        self._replies.clear()
        self._posted.clear()

    def reply_to(self, received: Received, nth: int) -> Reply:
        """Ask the script."""
        asked = Asked(*received, nth, self._index)
        self._index += asked.method != "GET"
        if self._keep_asked:
            self.asked.append(asked)
        last = asked.headers.get("connection", "").lower() == "close"
        reply = Reply(asked.headers.get("x-request-id", ""), self._guarded(asked), last, monotonic_ns())
        self._replies.append(reply)
        if asked.method != "GET":
            self._posted.append(reply)
        return reply

    def schedule(self, due_ns: int, connection: Connection) -> None:
        """Have ``connection`` perform its step when it is due."""
        self.loop.schedule(due_ns, connection)

    def watch(self, connection: Connection, events: int) -> None:
        """Wait for ``events`` of a connection; for none, let go of it."""
        self.loop.watch(connection, connection.on_event, events)
        if not events:
            self._connections.discard(connection)

    def _guarded(self, asked: Asked) -> Iterator[Step]:
        if self._metrics and (asked.method, asked.path) == ("GET", "/metrics"):
            running = sum(not reply.ended for reply in self._posted)
            yield exposition([reply.truth() for reply in self._posted], running)
            return
        try:
            yield from self.script(asked)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised where the serving ends
            traceback.print_exc()
            self.failures.append(error)
            yield Reset()

    def _accept(self, _: int) -> None:
        while True:
            try:
                peer, _address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            try:
                self._welcome(peer)
            except OSError:
                peer.close()  # the client is gone, as it may

    def _welcome(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setblocking(False)
        if self._tls is not None:
            peer = self._tls.wrap_socket(peer, server_side=True, do_handshake_on_connect=False)
        connection = Connection(peer, self, next(self._serials))
        self._connections.add(connection)
        self.loop.watch(connection, connection.on_event)
