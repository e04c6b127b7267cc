"""TLS over real sockets, with certificates made here."""

from __future__ import annotations

import asyncio
import datetime as dt
import resource
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from tests.support.mock_server import HEAD, Step, chat_reply, delta, peers, request_from, serving, sse

pytestmark = pytest.mark.usefixtures("way")
trustme = pytest.importorskip("trustme", reason="makes the certificates: pip install trustme")
AUTHORITY = trustme.CA()
REPLY = b"".join(step for step in chat_reply() if isinstance(step, bytes))


def server_side(*names: str, authority: Any = AUTHORITY, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",)), **more).configure_cert(context)
    return context


def client_side() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def recorded(port: int, content: bytes = b"{}", connect: float = 5.0, times: int = 1) -> list[Recording]:
    async def ask() -> list[Recording]:
        found = [Recording() for _ in range(times)]
        async with RecordingTransport(client_side()) as transport:
            for recording in found:
                extensions = {"timeout": {"connect": connect, "read": 5.0}}
                url = f"https://127.0.0.1:{port}"
                await transport.record(httpx.Request("POST", url, content=content, extensions=extensions), recording)
        return found

    return asyncio.run(ask())


def error_of(recording: Recording) -> str | None:
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat()).error


def speaking(speak: Callable[[ssl.SSLSocket], None], context: ssl.SSLContext | None = None) -> Recording:
    """What becomes of a request whose request was read, by a server that then does as it likes."""
    context = context or server_side()

    def handle(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            request_from(secure)
            speak(secure)

    with peers(handle) as port:
        return recorded(port)[0]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_healthy_reply_and_a_connection_that_is_kept(version: ssl.TLSVersion) -> None:
    context = server_side()
    context.minimum_version = context.maximum_version = version
    with serving(lambda _: chat_reply(gap_s=0.002), context) as mock:
        first, second = recorded(mock.port, times=2)
    assert (error_of(first), error_of(second)) == (None, None)
    assert first.tls_ns > 0
    assert (second.connect_ns, second.tls_ns) == (0, 0)


def test_a_large_request_is_sent_whole() -> None:
    body = bytes(range(256)) * 40_000
    with serving(lambda _: chat_reply(), server_side()) as mock:
        (recording,) = recorded(mock.port, body)
        assert mock.asked[0].body == body
    assert error_of(recording) is None


def _yesterday() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        (lambda: server_side("elsewhere.example"), "IP address mismatch"),
        (lambda: server_side(authority=trustme.CA()), "unable to get local issuer certificate"),
        (lambda: server_side(not_after=_yesterday()), "certificate has expired"),
    ],
    ids=["wrong name", "unknown authority", "expired"],
)
def test_a_certificate_that_does_not_hold_is_a_connect_error(
    context: Callable[[], ssl.SSLContext], problem: str
) -> None:
    with serving(lambda _: chat_reply(), context()) as mock:
        (recording,) = recorded(mock.port)
    error = error_of(recording)
    assert error is not None
    assert error.startswith("connect: ")
    assert problem in error


def test_a_server_that_speaks_no_tls_is_a_connect_error() -> None:
    def refuse(peer: socket.socket) -> None:
        peer.recv(65_536)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with peers(refuse) as port:
        (recording,) = recorded(port)
    assert (recording.end, recording.detail[:5]) == (End.CONNECT, "[SSL:")


@pytest.mark.parametrize("begin", [b"", b"\x16\x03\x03"])
def test_a_handshake_that_stalls_is_a_timeout_and_costs_no_time(begin: bytes) -> None:
    def stall(peer: socket.socket) -> None:
        peer.sendall(begin)
        time.sleep(1.0)

    with peers(stall) as port:
        before = resource.getrusage(resource.RUSAGE_SELF)
        (recording,) = recorded(port, connect=0.5)
        after = resource.getrusage(resource.RUSAGE_SELF)
    assert error_of(recording) == "timeout: no connection within 0.5 s"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.25


def test_a_server_that_is_gone_before_the_handshake_is_a_connect_error() -> None:
    with peers(lambda peer: peer.close()) as port:
        (recording,) = recorded(port)
    assert recording.end is End.CONNECT
    assert recording.detail


def test_garbage_in_mid_stream_is_no_tls_and_what_came_before_it_is_kept() -> None:
    def garble(secure: ssl.SSLSocket) -> None:
        secure.sendall(HEAD + sse(delta("a")))
        with socket.socket(fileno=socket.dup(secure.fileno())) as below:
            below.sendall(b"\x00 no record \xff" * 10)

    recording = speaking(garble)
    assert (recording.end, recording.detail[:9]) == (End.PROTOCOL, "not TLS: ")
    assert b'"a"' in recording.data


def test_a_goodbye_ends_a_reply_although_the_socket_stays_open() -> None:
    def farewell(secure: ssl.SSLSocket) -> None:
        event = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
        secure.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + event)
        with suppress(OSError):
            secure.unwrap()

    recording = speaking(farewell)
    assert (recording.end, error_of(recording)) == (End.CLOSED, None)


def test_a_goodbye_between_replies_replaces_the_connection() -> None:
    context = server_side()

    def once(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as secure:
            request_from(secure)
            secure.sendall(REPLY)
            with suppress(OSError):
                secure.unwrap()

    with peers(once) as port:
        found = recorded(port, times=3)
    assert [error_of(one) for one in found] == [None] * 3


def test_a_reset_in_mid_stream_is_a_reset() -> None:
    steps: list[Step] = [HEAD, sse(delta("a")), 0.05, None]
    with serving(lambda _: steps, server_side()) as mock:
        (recording,) = recorded(mock.port)
    assert recording.end in (End.RESET, End.CLOSED)  # asyncio's server may say goodbye first
    assert str(error_of(recording)).startswith("truncated: ")


def test_a_name_that_no_certificate_can_be_for_is_a_connect_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def ask() -> Recording:
        recording = Recording()
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        async with RecordingTransport(client_side()) as transport:
            await transport.record(httpx.Request("POST", "https://.example/", content=b""), recording)
        return recording

    with peers(request_from) as port:
        recording = asyncio.run(ask())
    assert recording.end is End.CONNECT
    assert ".example" in recording.detail
