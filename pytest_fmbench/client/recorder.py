"""A transport that records: what all of them have in common.

Headers, URLs, timeouts and mocks are plain httpx. A caller that wants the stamps puts a
:class:`~pytest_fmbench.model.exchange.Recording` into ``request.extensions["recording"]``; one that
has its requests ready as bytes hands them straight to :meth:`Recorder.exchange`.
"""

from __future__ import annotations

from abc import abstractmethod

import httpx

from pytest_fmbench.client.framing import HttpResponse, read_response
from pytest_fmbench.client.message import Message, message_of
from pytest_fmbench.client.round_trip import RoundTrips
from pytest_fmbench.model.exchange import End, Recording

_ERRORS: dict[End, type[httpx.TransportError]] = {
    End.CENSORED: httpx.CloseError,
    End.CONNECT: httpx.ConnectError,
    End.RESET: httpx.ReadError,
    End.TIMEOUT: httpx.ReadTimeout,
}
"""What else goes wrong is the protocol's."""


class Recorder(httpx.AsyncBaseTransport):
    """Sends requests and fills recordings."""

    @abstractmethod
    async def exchange(self, message: Message, recording: Recording) -> None:
        """Send ``message`` and fill ``recording``; never raises for what a server does."""
        raise NotImplementedError

    async def record(self, request: httpx.Request, recording: Recording) -> None:
        """Send a request whose content is in memory; as :meth:`exchange`."""
        await self.exchange(message_of(request), recording)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What httpx calls. The response is whole when it is returned.

        :raises httpx.TransportError: when there is no whole response.
        """
        recording = request.extensions.setdefault("recording", Recording())
        await request.aread()
        await self.record(request, recording)
        reply = read_response(recording)
        if reply.problem or not reply.complete:
            raise _error(recording, reply, request)
        body = bytes(reply.body.data)
        return httpx.Response(reply.status or 0, headers=reply.headers, content=body, extensions=request.extensions)

    def make_ready(self, message: Message) -> None:
        """See that there is a connection for ``message``, which is sent soon, unless requests get fresh ones."""

    def keep_up(self) -> None:
        """Read what has arrived, if nobody has for long: to be called between pieces of work that lasts."""

    def pause_s(self) -> float:
        """How long nobody need be awake for what arrives, in seconds: the kernel stamps it, and it waits."""
        return 0.0

    def round_trips(self) -> RoundTrips:
        """How long the network took there and back; empty where it is not known."""
        return RoundTrips()

    @property
    def clock_step_ns(self) -> int:
        """The farthest that the clock of the kernel's stamps has stepped between two looks at it, in ns."""
        return 0


def _error(recording: Recording, reply: HttpResponse, request: httpx.Request) -> httpx.TransportError:
    kind = _ERRORS.get(recording.end or End.PROTOCOL, httpx.RemoteProtocolError)
    return kind(recording.detail or reply.problem or "the response is cut", request=request)
