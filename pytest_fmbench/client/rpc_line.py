"""One connection of gRPC's, and the calls on it. A message is recorded as gRPC frames it on the wire.

Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import grpc

from pytest_fmbench.client.gathering import Gathered, head_of
from pytest_fmbench.client.message import Message, request_of
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End

LARGEST = 256 * 1024 * 1024
"""Bytes of a response."""
_PREFIX = struct.Struct(">BI")
_OURS = ("accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent")
"""Headers that are gRPC's own business, as they are HTTP's."""
_HEAD = head_of(200, "OK", [(b"Content-Type", b"application/grpc")])


@dataclass
class Line:
    """A channel to one origin.

    :ivar calls: under way on it.
    :ivar broken: it could not be connected; the next request tries anew, as those over HTTP do.
    """

    channel: Any
    calls: int = 0
    broken: bool = False

    async def is_up(self, message: Message, taken: Gathered) -> bool:
        """See that it is connected; else ``taken`` is finished. What gRPC says of it, a call that fails tells."""
        begun_ns = monotonic_ns()
        self.calls += 1
        try:
            with anyio.fail_after(message.connect_timeout_s):
                waited = await self._connected()
        except TimeoutError:
            taken.finish(End.TIMEOUT, f"no connection within {message.connect_timeout_s:g} s")
            return False
        finally:
            self.calls -= 1
        taken.recording.connect_ns = monotonic_ns() - begun_ns if waited else 0
        return True

    async def _connected(self) -> bool:
        """Returns whether it had to be waited for."""
        ready, failed = grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE
        state, waited = self.channel.get_state(try_to_connect=True), False
        while state not in (ready, failed):
            waited = True
            await self.channel.wait_for_state_change(state)
            state = self.channel.get_state(try_to_connect=True)
        self.broken = state is failed
        return waited

    async def take(self, message: Message, taken: Gathered) -> None:
        """Make the call, and note what answers it.

        :raises grpc.RpcError: where its status is not OK.
        """
        self.calls += 1
        try:
            await self._take(message, taken)
        finally:
            self.calls -= 1

    async def _take(self, message: Message, taken: Gathered) -> None:
        method, metadata, asked = _called(message)
        if not self.broken:
            taken.recording.sent_ns = monotonic_ns()
        call, silence_s = self.channel.unary_stream(method)(asked, metadata=metadata), message.patience.silence_s
        piece = await _next(call, silence_s)
        while piece is not None and piece is not grpc.aio.EOF and taken.size <= LARGEST:
            _note(taken, piece)
            piece = await _next(call, silence_s)
        call.cancel()  # which changes nothing where it is complete
        if piece is grpc.aio.EOF:
            taken.finish(End.COMPLETE)
        elif piece is None:
            taken.finish(End.TIMEOUT, f"nothing arrived for {silence_s:g} s")
        else:
            taken.finish(End.PROTOCOL, f"the response is larger than {LARGEST} bytes")


async def _next(call: Any, silence_s: float) -> Any:  # noqa: ANN401  # grpcio has no types
    """The next message, as bytes; ``grpc.aio.EOF`` where none follows, None where none came in time."""
    if math.isinf(silence_s):
        return await call.read()
    with anyio.move_on_after(silence_s):
        return await call.read()
    return None


def _note(taken: Gathered, piece: bytes) -> None:
    if not taken.pieces:
        taken.note(_HEAD)
    taken.note(_PREFIX.pack(0, len(piece)) + piece)


def _called(message: Message) -> tuple[str, Sequence[tuple[str, str]], bytes]:
    """The method, the metadata and the message of a call, of a request that was made ready for HTTP."""
    request = request_of(message)
    named = [(name.decode().lower(), value.decode("latin-1")) for name, value in request.headers.raw]
    return request.url.raw_path.decode(), [pair for pair in named if pair[0] not in _OURS], request.content
