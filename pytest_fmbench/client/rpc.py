"""gRPC, by grpcio, which does its own HTTP/2: arrivals are when the event loop gets a message.

What comes is recorded as a response that is put together as HTTP/1.1. A status that is no OK becomes HTTP's, as
google.rpc maps it, where nothing came before it.

Source: https://grpc.github.io/grpc/python/grpc_asyncio.html,
https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
"""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import anyio
import grpc

from pytest_fmbench.client.connecting import Origin
from pytest_fmbench.client.gathering import Gathered, head_of
from pytest_fmbench.client.message import Message
from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.client.rpc_line import LARGEST, Line
from pytest_fmbench.client.tls import trusting
from pytest_fmbench.model.exchange import End, Recording

_OPTIONS = (
    ("grpc.enable_http_proxy", 0),  # those of the environment are never used
    ("grpc.enable_retries", 0),  # a retry is a request
    ("grpc.use_local_subchannel_pool", 1),  # else channels share a connection, and how long it must not be tried again
    ("grpc.max_receive_message_length", LARGEST),
)
_STATUSES = {
    "CANCELLED": 499,
    "UNKNOWN": 500,
    "INVALID_ARGUMENT": 400,
    "DEADLINE_EXCEEDED": 504,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "PERMISSION_DENIED": 403,
    "UNAUTHENTICATED": 401,
    "RESOURCE_EXHAUSTED": 429,
    "FAILED_PRECONDITION": 400,
    "ABORTED": 409,
    "OUT_OF_RANGE": 400,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DATA_LOSS": 500,
}


class RpcTransport(Recorder):
    """Sends each request as a call with one message, and records the messages that answer it.

    All calls to an origin share one connection, as gRPC has it, unless they are to have fresh ones. It has no time of
    its own for TLS: that is part of ``connect_ns``.

    :param ca_bundle: file of certificates to trust instead of gRPC's own.
    :param fresh: every request gets a connection of its own.
    :raises UsageError: when ``ca_bundle`` cannot be read as certificates.
    """

    def __init__(self, ca_bundle: str | None = None, *, fresh: bool = False) -> None:
        trusting(ca_bundle)
        self._trusted = None if ca_bundle is None else Path(ca_bundle).read_bytes()
        self._fresh = fresh
        self._lines: dict[Origin, Line] = {}

    async def exchange(self, message: Message, recording: Recording) -> None:
        """Send ``message`` and fill ``recording``; never raises for what a server does."""
        taken, whole_s = Gathered(recording), message.patience.whole_s
        line = self._line(message.origin)
        try:
            with anyio.fail_after(None if math.isinf(whole_s) else whole_s):
                if await line.is_up(message, taken):
                    await line.take(message, taken)
        except TimeoutError:
            taken.finish(End.TIMEOUT, f"not complete within {whole_s:g} s")
        except grpc.RpcError as error:
            _finish_badly(taken, error)
        except asyncio.CancelledError:
            taken.finish(End.CENSORED, "the run ended first")
            raise
        finally:
            await self._leave(message.origin, line)

    def make_ready(self, message: Message) -> None:
        """As :class:`Recorder` says."""
        if not self._fresh:
            self._line(message.origin).channel.get_state(try_to_connect=True)

    async def aclose(self) -> None:
        """Close every connection; what is under way ends."""
        lines, self._lines = [*self._lines.values()], {}
        for line in lines:
            await line.channel.close()

    def _line(self, origin: Origin) -> Line:
        """The connection to ``origin``; a new one where there is none to share."""
        line = None if self._fresh else self._lines.get(origin)
        if line is None:
            line = Line(self._channel(origin))
            if not self._fresh:
                self._lines[origin] = line
        return line

    def _channel(self, origin: Origin) -> Any:  # noqa: ANN401  # grpcio has no types
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        place = f"{host}:{origin.port}"
        if origin.secure:
            return grpc.aio.secure_channel(place, grpc.ssl_channel_credentials(self._trusted), options=_OPTIONS)
        return grpc.aio.insecure_channel(place, options=_OPTIONS)

    async def _leave(self, origin: Origin, line: Line) -> None:
        """Close a connection that nobody will use again, once nobody does."""
        if line.broken and self._lines.get(origin) is line:
            del self._lines[origin]
        if (self._fresh or line.broken) and not line.calls:
            await line.channel.close()


def _finish_badly(taken: Gathered, error: Any) -> None:  # noqa: ANN401  # grpcio has no types
    name, said = error.code().name, f"{error.code().name}: {error.details()}"
    if taken.recording.sent_ns is None:
        taken.finish(End.CONNECT, str(error.details()))
    elif taken.pieces:
        taken.finish(End.RESET, said)
    else:
        taken.note(head_of(_STATUSES.get(name, 500), name, [(b"Content-Type", b"text/plain")]))
        taken.note(said.encode())
        taken.finish(End.COMPLETE)
