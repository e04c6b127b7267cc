"""A connected socket and what lies on it: the stamp of what goes out, TLS where there is any."""

from __future__ import annotations

import socket

from pytest_fmbench.client import stamps
from pytest_fmbench.client.tls import TlsLayer
from pytest_fmbench.clock import monotonic_ns, realtime_ahead_ns

_CLOCKS_DIFFER_NS = 5_000
"""A stamp that comes out no more than this before its send is of it: two clocks were read to compare them."""


class Wire:
    """Sends bytes, stamped; what it receives is read off its socket.

    :param sock: connected, non-blocking.
    :param tls: what encrypts it, after the handshake; None for plain text.
    :param stamped: the kernel stamps what it receives.
    :ivar failure: why nothing more can be sent; None while it can.
    """

    def __init__(self, sock: socket.socket, tls: TlsLayer | None, *, stamped: bool) -> None:
        self.sock, self.tls, self.stamped = sock, tls, stamped
        self.failure: OSError | None = None
        self._unsent = memoryview(b"")
        self._tells, self._begun_ns, self._untold = False, 0, False

    def stamp_sends(self) -> None:
        """Have sends stamped too, where the kernel stamps; whoever watches the socket must then ask :meth:`left_ns`."""
        if self.stamped:
            stamps.enable_sent(self.sock)
            self._tells = True

    def send(self, message: bytes) -> int:
        """Send what the socket takes now; returns when that left, in ns. For the rest see :meth:`send_more`.

        :raises OSError: when the connection is broken.
        """
        data = message if self.tls is None else self.tls.encrypt(message)
        self._begun_ns, self._untold = monotonic_ns(), self._tells
        try:
            written = self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            written = 0
        if written < len(data):
            self._unsent = memoryview(data)[written:]
        return (self.left_ns(realtime_ahead_ns()) if self._tells else None) or self._begun_ns

    @property
    def unsent(self) -> bool:
        """Something is still to be sent."""
        return bool(self._unsent)

    @property
    def untold(self) -> bool:
        """When the last message left is still to be told."""
        return self._untold

    def send_more(self) -> None:
        """Send what the socket takes now of the rest; a broken connection's ``failure`` is kept."""
        try:
            self._unsent = self._unsent[self.sock.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:  # what the server said before it broke is read first
            self.failure, self._unsent = error, memoryview(b"")

    def left_ns(self, ahead_ns: int) -> int | None:
        """When the first piece of the last message left, by the kernel; None while it does not tell, or has told.

        :param ahead_ns: how far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC.
        """
        while self._tells:
            real_ns = stamps.sent_ns(self.sock)
            if real_ns is None:
                break
            left_ns = real_ns - ahead_ns
            if self._untold and left_ns >= self._begun_ns - _CLOCKS_DIFFER_NS:  # else it is of an earlier message
                self._untold = False
                return max(left_ns, self._begun_ns)
        return None

    def close(self) -> None:
        """Close the socket."""
        self._unsent = memoryview(b"")
        self.sock.close()
