"""The kernel's own stamps on what a socket sent and received (Linux, SO_TIMESTAMPING).

The kernel stamps a segment when it arrives, however late we come to read it, so a busy client does not turn into
server latency. One read carries the stamp of its last segment. A send is stamped as it leaves for the device.
Source: https://docs.kernel.org/networking/timestamping.html
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any

_SO_TIMESTAMPING = 37
_TX_SOFTWARE, _RX_SOFTWARE, _SOFTWARE, _OPT_TSONLY = 1 << 1, 1 << 3, 1 << 4, 1 << 11
_RECEIVED = _RX_SOFTWARE | _SOFTWARE
_TIMESPEC = struct.Struct("@qq")
timespec = _TIMESPEC.unpack_from
_QUEUE = getattr(socket, "MSG_ERRQUEUE", 0)

SPACE = socket.CMSG_SPACE(3 * _TIMESPEC.size)
"""Room for the ancillary data of a read, in bytes."""

Ancillary = list[tuple[int, int, Any]]


def enable(sock: socket.socket) -> bool:
    """Ask for stamps of what is received; False where there are none.

    Call it before connecting, so that nothing comes unstamped.
    """
    if sys.platform != "linux" or struct.calcsize("l") != 8:
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RECEIVED)
    except OSError:
        return False
    return True


def enable_sent(sock: socket.socket) -> None:
    """Ask for stamps of what is sent too.

    Until they are fetched the socket counts as readable, on which a loop that waits for a handshake would spin: call
    it once whoever watches the socket fetches them.
    """
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RECEIVED | _TX_SOFTWARE | _OPT_TSONLY)


def available() -> bool:
    """Whether this machine's kernel stamps."""
    with socket.socket() as probe:
        return enable(probe)


def stamp_of(ancillary: Ancillary) -> int:
    """CLOCK_REALTIME of a read's last segment, in ns.

    :param ancillary: not empty; nothing but stamps has been asked for, so its first entry is one.
    """
    seconds, nanoseconds = timespec(ancillary[0][2])
    return int(seconds * 1_000_000_000 + nanoseconds)


def sent_ns(sock: socket.socket) -> int | None:
    """CLOCK_REALTIME at which the next send left that the kernel has not told of yet, in ns; None if there is none."""
    try:
        _, ancillary, _, _ = sock.recvmsg(0, 512, _QUEUE | socket.MSG_DONTWAIT)
    except OSError:  # nothing more is queued, or the socket is broken, which the next read will tell
        return None
    stamps = (stamp_of([one]) for one in ancillary if one[:2] == (socket.SOL_SOCKET, _SO_TIMESTAMPING))
    return next(stamps, 0)
