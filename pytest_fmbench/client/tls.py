"""TLS in memory: the ciphertext is read by us, with the kernel's stamp, and decrypted here."""

from __future__ import annotations

import asyncio
import socket
import ssl

_PIECE = 65_536


class TlsLayer:
    """One side of a TLS connection.

    :param host: name that the certificate must be for.
    """

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

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
        """What to send for ``data``."""
        self._object.write(data)
        return self._outgoing.read()

    def decrypt(self, received: bytes) -> bytes:
        """What ``received`` says; empty where it ends within a record, or is only the protocol's own.

        :raises ssl.SSLError: when it is no TLS.
        """
        self._incoming.write(received)
        pieces = []
        while True:
            try:
                piece = self._object.read(_PIECE)
            except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
                break
            if not piece:
                break
            pieces.append(piece)
        return b"".join(pieces)

    async def _flush(self, sock: socket.socket) -> None:
        if self._outgoing.pending:
            await asyncio.get_running_loop().sock_sendall(sock, self._outgoing.read())
