"""TLS in memory: the ciphertext is read by us, with the kernel's stamp, and decrypted here."""

from __future__ import annotations

import asyncio
import socket
import ssl

from pytest_fmbench.errors import UsageError

_PIECE = 65_536


class TlsLayer:
    """One side of a TLS connection.

    :param host: name that the certificate must be for.
    :raises OSError: when no certificate could be for that name.
    :ivar closed: the server has said that nothing more comes.
    :ivar failure: why what came is no TLS; None while it is.
    """

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        except ValueError as error:
            raise OSError(f"{host!r} is no name that a certificate can be for: {error}") from error
        self.closed = False
        self.failure: ssl.SSLError | None = None

    async def shake_hands(self, sock: socket.socket) -> None:
        """Carry out the handshake.

        :raises OSError: when it fails; ``ssl.SSLError`` is one.
        """
        loop = asyncio.get_running_loop()
        while True:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:  # noqa: PERF203  # how a handshake in memory asks for more
                await self._flush(sock)
                received = await loop.sock_recv(sock, _PIECE)
                if not received:
                    raise ConnectionResetError("the connection was lost during the TLS handshake") from None
                self._incoming.write(received)
            else:
                await self._flush(sock)
                return

    def encrypt(self, data: bytes) -> bytes:
        """What to send for ``data``.

        :raises OSError: when the connection is closed.
        """
        self._object.write(data)
        return self._outgoing.read()

    def decrypt(self, received: bytes) -> bytes:
        """What ``received`` says; empty where it ends within a record, or is only the protocol's own."""
        self._incoming.write(received)
        pieces = []
        try:
            while piece := self._object.read(_PIECE):
                pieces.append(piece)
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except ssl.SSLError as error:  # what could be read before it has come
            self.failure = error
        return b"".join(pieces)

    async def _flush(self, sock: socket.socket) -> None:
        if self._outgoing.pending:
            await asyncio.get_running_loop().sock_sendall(sock, self._outgoing.read())


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
