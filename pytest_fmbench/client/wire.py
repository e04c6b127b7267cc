"""A connected socket and what lies on it: the stamp of what goes out, TLS where there is any."""

from __future__ import annotations

import asyncio
import socket

from pytest_fmbench.client import stamps
from pytest_fmbench.client.tls import TlsLayer
from pytest_fmbench.clock import monotonic_ns, realtime_ahead_ns


class Wire:
    """Sends bytes, stamped; what it receives is read off its socket.

    :param sock: connected, non-blocking.
    :param stamped: the kernel stamps it.
    :param tls: what encrypts it, after the handshake; None for plain text.
    """

    def __init__(self, sock: socket.socket, tls: TlsLayer | None, *, stamped: bool) -> None:
        self.sock, self.stamped = sock, stamped
        self._tls = tls
        self._unsent = memoryview(b"")

    def send(self, message: bytes) -> int:
        """Send, now what the socket takes and the rest as it can; returns when the first piece left, in ns.

        :raises OSError: when the connection is broken.
        """
        data = message if self._tls is None else self._tls.encrypt(message)
        before_ns = monotonic_ns()
        try:
            written = self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            written = 0
        if written < len(data):
            self._unsent = memoryview(data)[written:]
            asyncio.get_running_loop().add_writer(self.sock, self._send_more)
        left_ns = self.left_ns(realtime_ahead_ns()) if self.stamped else None
        return before_ns if left_ns is None else left_ns

    def left_ns(self, ahead_ns: int) -> int | None:
        """When the last piece left, by the kernel; None while it does not tell."""
        real_ns = stamps.sent_ns(self.sock) if self.stamped else None
        return None if real_ns is None else real_ns - ahead_ns

    @property
    def secure(self) -> bool:
        """What is received must be decrypted."""
        return self._tls is not None

    def decrypt(self, received: bytes) -> bytes:
        """What ``received`` says; empty where that is not known yet.

        :raises ssl.SSLError: when it is no TLS.
        """
        return received if self._tls is None else self._tls.decrypt(received)

    def close(self) -> None:
        """Close the socket."""
        self._stop_writing()
        self.sock.close()

    def _send_more(self) -> None:
        try:
            self._unsent = self._unsent[self.sock.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._unsent = memoryview(b"")  # the next read tells what is wrong
        if not self._unsent:
            asyncio.get_running_loop().remove_writer(self.sock)

    def _stop_writing(self) -> None:
        if self._unsent:
            asyncio.get_running_loop().remove_writer(self.sock)
            self._unsent = memoryview(b"")
