"""Making a connection: names, sockets, TLS."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.client import stamps
from pytest_fmbench.client.tls import TlsLayer
from pytest_fmbench.client.wire import Wire
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import Recording


@dataclass(frozen=True)
class Origin:
    """A server: where connections go, and which requests may share one."""

    scheme: str
    host: str
    port: int

    @property
    def secure(self) -> bool:
        """It speaks TLS."""
        return self.scheme == "https"


async def connect(origin: Origin, recording: Recording, tls: ssl.SSLContext | None) -> Wire:
    """Connect to the first address that answers; the times that takes go into ``recording``.

    A name is looked up as part of the connection's time.

    :param tls: used where the origin is secure.
    :raises OSError: when none does, or TLS fails; with the last reason.
    """
    begun_ns = monotonic_ns()
    sock, stamped = await _connected(origin)
    recording.connect_ns = monotonic_ns() - begun_ns
    try:
        layer = await _secured(origin, sock, tls) if tls is not None and origin.secure else None
        recording.tls_ns = monotonic_ns() - begun_ns - recording.connect_ns if layer else 0
        return Wire(sock, layer, stamped=stamped)
    except BaseException:
        sock.close()
        raise


async def _connected(origin: Origin) -> tuple[socket.socket, bool]:
    failure = OSError(f"{origin.host} has no address")
    for family, address in await _addresses(origin):
        try:
            return await _joined(family, address)
        except OSError as error:  # noqa: PERF203  # the next address may answer
            failure = error
    raise failure


async def _joined(family: socket.AddressFamily, address: Any) -> tuple[socket.socket, bool]:  # noqa: ANN401  # as the family has it
    """A socket connected to an address, and whether the kernel stamps it."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stamped = stamps.enable(sock)
        await asyncio.get_running_loop().sock_connect(sock, address)
        _see_another(sock)
    except BaseException:
        sock.close()
        raise
    return sock, stamped


def _see_another(sock: socket.socket) -> None:
    """See that it is not its own peer: where nobody listens, it is when it happens to call from that very port."""
    peer = sock.getpeername()
    if sock.getsockname() == peer:
        raise ConnectionRefusedError(f"nothing listens on {peer[0]} port {peer[1]}")


async def _addresses(origin: Origin) -> list[tuple[socket.AddressFamily, Any]]:
    try:
        version = ipaddress.ip_address(origin.host).version
    except ValueError:
        return await _looked_up(origin)
    return [(socket.AF_INET if version == 4 else socket.AF_INET6, (origin.host, origin.port))]


async def _looked_up(origin: Origin) -> list[tuple[socket.AddressFamily, Any]]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the second: no name can look like that
        raise OSError(f"{origin.host}: {error}") from error
    return [(family, address) for family, _, _, _, address in found]


async def _secured(origin: Origin, sock: socket.socket, context: ssl.SSLContext) -> TlsLayer:
    layer = TlsLayer(context, origin.host)
    await layer.shake_hands(sock)
    return layer
