"""How long the network takes there and back: the kernel's own account of a connection, so that nothing is sent for it.

Source: ``struct tcp_info`` of ``linux/tcp.h``, https://man7.org/linux/man-pages/man7/tcp.7.html
"""

from __future__ import annotations

import socket
import struct
from array import array
from dataclasses import dataclass, field
from statistics import median_low

_INFO = getattr(socket, "TCP_INFO", None)
_SMOOTHED = struct.Struct("=68xI")
_SHORTEST = struct.Struct("=148xI")
_NONE = 2**32 - 1
"""What the kernel says before there was one."""
_NS_PER_US = 1_000


@dataclass
class RoundTrips:
    """The round trips of a transport's connections; what systems other than Linux do not tell is left out.

    :ivar smoothed_us: of each connection, as it was when it was last asked.
    """

    shortest_us: int = _NONE
    smoothed_us: array[int] = field(default_factory=lambda: array("I"))

    def note(self, sock: socket.socket) -> None:
        """Take note of what a connection has seen, before it is closed."""
        if _INFO is None or sock.fileno() < 0:
            return
        try:
            told = sock.getsockopt(socket.IPPROTO_TCP, _INFO, _SHORTEST.size)
        except OSError:  # it is no TCP connection
            return
        if len(told) < _SHORTEST.size:  # before Linux 4.6
            return
        (smoothed_us,), (shortest_us,) = _SMOOTHED.unpack_from(told), _SHORTEST.unpack(told)
        if shortest_us != _NONE:
            self.smoothed_us.append(smoothed_us)
            self.shortest_us = min(self.shortest_us, shortest_us)

    @property
    def shortest_ns(self) -> int | None:
        """The shortest of all connections; None where nobody tells."""
        return self.shortest_us * _NS_PER_US if self.smoothed_us else None

    @property
    def median_ns(self) -> int | None:
        """The median of the connections, each smoothed by the kernel; likewise."""
        return median_low(self.smoothed_us) * _NS_PER_US if self.smoothed_us else None
