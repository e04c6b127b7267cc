"""httpx's own transport, for what ours does not speak: proxies and HTTP/2. Arrivals are the event loop's."""

from __future__ import annotations

import asyncio
import math
import ssl
from dataclasses import dataclass, field

import anyio
import httpx

from pytest_fmbench.client.ends import end_of
from pytest_fmbench.client.gathering import Gathered, head_of
from pytest_fmbench.client.message import Message, request_of
from pytest_fmbench.client.recorder import Recorder
from pytest_fmbench.client.tls import trusting
from pytest_fmbench.client.trace import Trace
from pytest_fmbench.model.exchange import End, Recording

_LARGEST = 256 * 1024 * 1024
_FRAMING = {b"connection", b"content-length", b"keep-alive", b"transfer-encoding", b"upgrade"}


class StockTransport(Recorder):
    """Records what comes through httpx's transport, as an HTTP/1.1 response that was put together again.

    :param ca_bundle: file of certificates to trust instead of the usual ones, for the proxy too.
    :param proxy: URL of an HTTP proxy; None goes straight there. Those of the environment are never used.
    :param http2: HTTP/2 and nothing else.
    :param fresh: every request gets a connection of its own.
    :raises UsageError: when ``ca_bundle`` cannot be read as certificates.
    """

    def __init__(
        self, ca_bundle: str | None = None, *, proxy: str | None = None, http2: bool = False, fresh: bool = False
    ) -> None:
        self._inner = httpx.AsyncHTTPTransport(
            verify=_trust(ca_bundle),
            http1=not http2,
            http2=http2,
            limits=httpx.Limits(max_keepalive_connections=0 if fresh else None, keepalive_expiry=None),
            trust_env=False,
            proxy=None if proxy is None else _through(proxy, ca_bundle),
        )

    async def exchange(self, message: Message, recording: Recording) -> None:
        """Send ``message`` and fill ``recording``; never raises for what a server does.

        The time for all of it counts from here, and the connection is part of it.
        """
        taken = _Taken(recording, message=message)
        try:
            with anyio.fail_after(None if math.isinf(message.patience.whole_s) else message.patience.whole_s):
                await self._take(taken)
        except TimeoutError:
            taken.finish(End.TIMEOUT, f"not complete within {message.patience.whole_s:g} s")
        except httpx.TransportError as error:
            taken.finish(*end_of(error, message))
        except asyncio.CancelledError:
            taken.finish(End.CENSORED, "the run ended first")
            raise

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()

    async def _take(self, taken: _Taken) -> None:
        response = await self._inner.handle_async_request(taken.request())
        try:
            taken.note(_head(response))
            async for piece in response.aiter_raw():
                taken.note(piece)
                if taken.size > _LARGEST:
                    taken.finish(End.PROTOCOL, f"the response is larger than {_LARGEST} bytes")
                    return
        finally:
            await response.aclose()
        taken.finish(End.COMPLETE)


def _through(proxy: str, ca_bundle: str | None) -> httpx.Proxy:
    # a context of its own, since httpx tells each what to speak
    return httpx.Proxy(proxy, ssl_context=_trust(ca_bundle) if proxy.startswith("https:") else None)


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    return trusting(ca_bundle) or httpx.create_ssl_context(trust_env=False)


@dataclass
class _Taken(Gathered):
    """A response, and the request that it answers."""

    message: Message = field(kw_only=True)

    def request(self) -> httpx.Request:
        """The request, in such a way that its recording learns when it is sent."""
        silence_s = None if math.isinf(self.message.patience.silence_s) else self.message.patience.silence_s
        request = request_of(self.message)
        timeout = httpx.Timeout(silence_s, connect=self.message.connect_timeout_s, pool=None)
        request.extensions = {"timeout": timeout.as_dict(), "trace": Trace(self.recording)}
        return request


def _head(response: httpx.Response) -> bytes:
    """Its first lines, but for those that say how it was framed, and for the empty one."""
    fields = [pair for pair in response.headers.raw if pair[0].lower() not in _FRAMING]
    return head_of(response.status_code, response.reason_phrase, fields)
