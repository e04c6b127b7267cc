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
    """Connect to the first address that answers; the handshakes' times go into ``recording``.

    :param tls: used where the origin is secure.
    :raises OSError: when none does, or TLS fails; with the last reason.
    """
    begun_ns = monotonic_ns()
    sock, stamped = await _connected(origin)
    recording.connect_ns = monotonic_ns() - begun_ns
    try:
        layer = await _secured(origin, sock, tls) if tls is not None and origin.secure else None
    except BaseException:
        sock.close()
        raise
    recording.tls_ns = monotonic_ns() - begun_ns - recording.connect_ns if layer else 0
    return Wire(sock, layer, stamped=stamped)


async def _connected(origin: Origin) -> tuple[socket.socket, bool]:
    failure: OSError = OSError(f"{origin.host} has no address")
    for family, address in await _addresses(origin):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stamped = stamps.enable(sock)
            await asyncio.get_running_loop().sock_connect(sock, address)
        except OSError as error:
            failure = error
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return sock, stamped
    raise failure


async def _addresses(origin: Origin) -> list[tuple[socket.AddressFamily, Any]]:
    try:
        version = ipaddress.ip_address(origin.host).version
    except ValueError:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        return [(family, address) for family, _, _, _, address in found]
    return [(socket.AF_INET if version == 4 else socket.AF_INET6, (origin.host, origin.port))]


async def _secured(origin: Origin, sock: socket.socket, context: ssl.SSLContext) -> TlsLayer:
    layer = TlsLayer(context, origin.host)
    await layer.shake_hands(sock)
    return layer
