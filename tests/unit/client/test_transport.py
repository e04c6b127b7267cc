"""Who owns connections, and when they are gone."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pytest_fmbench.client.choosing import transport_for
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.stock import StockTransport
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from tests.support.mock_server import HEAD, chat_reply, peers, plain, request_from, serving
from tests.support.transports import asked, record

pytestmark = pytest.mark.usefixtures("way", "no_descriptor_is_left")
REPLY = b"".join(step for step in chat_reply() if isinstance(step, bytes))


def error_of(recording: Recording) -> str | None:
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat()).error


@pytest.mark.parametrize(("fresh", "nths"), [(True, [0, 0, 0]), (False, [0, 1, 2])])
def test_every_request_may_have_a_connection_of_its_own(fresh: bool, nths: list[int]) -> None:
    async def thrice(url: str) -> list[Recording]:
        async with RecordingTransport(fresh=fresh) as transport:
            return [await record(transport, url) for _ in range(3)]

    with serving(lambda _: chat_reply()) as mock:
        found = asyncio.run(thrice(mock.url))
        assert [one.nth for one in mock.asked] == nths
    assert [error_of(one) for one in found] == [None] * 3
    assert [bool(one.connect_ns) for one in found] == [nth == 0 for nth in nths]
    assert [one.reconnects for one in found] == [0] * 3


@pytest.mark.parametrize("closed", [True, False])
def test_it_may_be_used_by_one_loop_after_another(closed: bool) -> None:
    transport = RecordingTransport()

    async def twice(url: str, close: bool) -> list[Recording]:
        found = [await record(transport, url) for _ in range(2)]
        if close:
            await transport.aclose()
        return found

    with serving(lambda _: chat_reply(gap_s=0.002)) as mock:
        found = asyncio.run(twice(mock.url, closed)) + asyncio.run(twice(mock.url, True))
    assert [error_of(one) for one in found] == [None] * 4
    assert [bool(one.connect_ns) for one in found] == [True, False, True, False]


@pytest.mark.parametrize("kept", [True, False])
def test_what_is_under_way_when_it_is_closed_is_censored_and_not_sent_again(kept: bool) -> None:
    async def close(url: str) -> tuple[Recording, RecordingTransport]:
        transport = RecordingTransport()
        if kept:
            await record(transport, url)
        asking = asyncio.ensure_future(record(transport, url))
        await asyncio.sleep(0.05)
        await transport.aclose()
        return await asking, transport

    with serving(lambda _: chat_reply() if kept and len(mock.asked) == 1 else [1.0, *chat_reply()]) as mock:
        recording, transport = asyncio.run(close(mock.url))
        assert len(mock.asked) == 1 + kept
    assert (recording.end, recording.reconnects) == (End.CENSORED, 0)
    assert not transport._all  # noqa: SLF001


def test_a_connection_that_was_made_meanwhile_is_closed() -> None:
    async def close(port: int) -> Recording:
        transport = RecordingTransport(tls=None)
        asking = asyncio.ensure_future(record(transport, f"http://localhost:{port}"))
        await asyncio.sleep(0)
        await transport.aclose()
        return await asking

    with peers(request_from) as port:
        recording = asyncio.run(close(port))
    assert recording.end is End.CENSORED


@pytest.mark.parametrize("turns", range(12))
def test_a_request_may_be_cancelled_at_any_time(turns: int) -> None:
    async def cancel(url: str) -> tuple[Recording, RecordingTransport, bool]:
        transport, recording = RecordingTransport(), Recording()
        await record(transport, url)
        await transport.aclose()
        asking = asyncio.ensure_future(transport.record(asked(url), recording))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        (result,) = await asyncio.gather(asking, return_exceptions=True)
        left = [one for one in transport._all if not one.reusable]  # noqa: SLF001
        await transport.aclose()
        return recording, transport, isinstance(result, asyncio.CancelledError) and not left

    with serving(lambda _: chat_reply(gap_s=0.02)) as mock:
        recording, _, clean = asyncio.run(cancel(mock.url.replace("127.0.0.1", "localhost")))
    assert clean
    assert recording.end is (End.CENSORED if turns else None)


def test_a_cancelled_request_leaves_no_connection_behind() -> None:
    async def cancel(url: str) -> int:
        async with RecordingTransport() as transport:
            for _ in range(5):
                asking = asyncio.ensure_future(record(transport, url))
                await asyncio.sleep(0.02)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            return len(transport._all)  # noqa: SLF001

    with serving(lambda _: [5.0]) as mock:
        assert asyncio.run(cancel(mock.url)) == 0


def test_a_request_may_outlive_its_loop() -> None:
    transport = RecordingTransport()

    async def begin(url: str) -> None:
        loop.asking = asyncio.ensure_future(record(transport, url))  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)

    loop = asyncio.new_event_loop()
    with serving(lambda _: [0.2, *chat_reply()]) as mock:
        loop.run_until_complete(begin(mock.url))
        asking = loop.asking  # type: ignore[attr-defined]
        loop.close()
        found = asyncio.run(_again(transport, mock.url))
        asking._log_destroy_pending = False  # noqa: SLF001  # asyncio's own complaint about it
    assert error_of(found) is None


async def _again(transport: RecordingTransport, url: str) -> Recording:
    try:
        return await record(transport, url)
    finally:
        await transport.aclose()


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
def test_it_speaks_ipv6() -> None:
    def answer(peer: socket.socket) -> None:
        assert b"[::1]" in request_from(peer)
        peer.sendall(REPLY)

    with peers(answer, socket.AF_INET6) as port:
        assert error_of(asyncio.run(_again(RecordingTransport(), f"http://[::1]:{port}"))) is None


Addresses = list[tuple[int, tuple[str, int]]]


def _named(monkeypatch: pytest.MonkeyPatch, addresses: Addresses) -> Callable[[str], Recording]:
    """What becomes of a request to a name with these addresses."""

    async def found(*_: object, **__: object) -> list[Any]:
        return [(family, socket.SOCK_STREAM, 6, "", address) for family, address in addresses]

    async def ask(url: str) -> Recording:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        return await _again(RecordingTransport(), url)

    return lambda url: asyncio.run(ask(url))


def test_the_first_address_that_answers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: chat_reply()) as mock, socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        addresses = [
            (12345, ("no such family", 1)),
            (int(socket.AF_INET), refusing.getsockname()),
            (int(socket.AF_INET), ("127.0.0.1", mock.port)),
        ]
        recording = _named(monkeypatch, addresses)("http://several.example")
    assert error_of(recording) is None


def test_the_last_reason_is_told_when_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        recording = _named(monkeypatch, [(int(socket.AF_INET), refusing.getsockname())] * 2)("http://several.example")
    assert str(error_of(recording)).startswith("connect: [Errno 111]" if sys.platform == "linux" else "connect: ")


def test_a_name_without_address_is_a_connect_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert error_of(_named(monkeypatch, [])("http://none.example")) == "connect: none.example has no address"


def test_it_does_not_answer_itself() -> None:
    """Where nobody listens on a port of the range that callers get theirs from, a caller may get that very port."""
    with socket.socket() as itself:
        itself.bind(("127.0.0.1", 0))
        address = itself.getsockname()

    async def ask() -> Recording:
        loop, recording = asyncio.get_running_loop(), Recording()
        connect = loop.sock_connect

        async def from_there(sock: socket.socket, address: Any) -> None:
            sock.bind(address)
            await connect(sock, address)

        loop.sock_connect = from_there  # type: ignore[method-assign]
        async with RecordingTransport() as transport:
            await transport.record(asked(f"http://127.0.0.1:{address[1]}"), recording)
        return recording

    assert error_of(asyncio.run(ask())) == f"connect: nothing listens on 127.0.0.1 port {address[1]}"


def test_a_connection_that_closes_before_it_is_used_is_no_reply() -> None:
    async def late(port: int) -> Recording:
        async with RecordingTransport() as transport:
            await record(transport, f"http://127.0.0.1:{port}")
            time.sleep(0.05)  # noqa: ASYNC251  # so that nobody has read that the server is gone
            return await record(transport, f"http://127.0.0.1:{port}")

    def once(peer: socket.socket) -> None:
        request_from(peer)
        peer.sendall(REPLY)

    with peers(once) as port:
        recording = asyncio.run(late(port))
    assert error_of(recording) is None
    assert recording.connect_ns > 0


def test_no_connection_within_the_time_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(address)
        recording = asyncio.run(_refused(f"http://127.0.0.1:{address[1]}"))
        for one in crowd:
            one.close()
    assert error_of(recording) == "timeout: no connection within 0.2 s"


async def _refused(url: str) -> Recording:
    recording = Recording()
    async with RecordingTransport() as transport:
        await transport.record(asked(url, connect=0.2), recording)
    return recording


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        (plain(200, "{}{}"), httpx.RemoteProtocolError),
        ([HEAD, b"oops\r\n"], httpx.RemoteProtocolError),
        ([b"HTTP/1.1 101 Switching\r\n\r\n"], httpx.RemoteProtocolError),
    ],
)
def test_plain_httpx_sees_its_own_errors(steps: list[bytes], error: type[Exception]) -> None:
    async def get(url: str) -> None:
        async with httpx.AsyncClient(transport=RecordingTransport(), timeout=1.0) as client:
            await client.get(url)

    garbled = [steps[0].replace(b"Content-Length: 4", b"Content-Length: 2"), *steps[1:]]
    with serving(lambda _: garbled) as mock, pytest.raises(error):
        asyncio.run(get(mock.url))


def test_the_endpoint_says_which_transport_it_needs() -> None:
    plain_one = Endpoint("http://h/v1", "m", "openai-chat")
    assert isinstance(transport_for(plain_one), RecordingTransport)
    proxied = Endpoint("http://h/v1", "m", "openai-chat", proxy="http://127.0.0.1:3128")
    assert isinstance(transport_for(proxied), StockTransport)


def test_an_endpoint_may_want_fresh_connections() -> None:
    endpoint = Endpoint("http://h/v1", "m", "openai-chat", fresh_connections=True)

    async def twice(url: str) -> None:
        async with transport_for(endpoint) as transport:
            for _ in range(2):
                await transport.record(asked(url), Recording())

    with serving(lambda _: chat_reply()) as mock:
        asyncio.run(twice(mock.url))
        assert [one.nth for one in mock.asked] == [0, 0]
