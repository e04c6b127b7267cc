"""httpx's own transport as a recorder: proxies and HTTP/2, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from pytest_fmbench.client import stock
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.ends import ENDS
from pytest_fmbench.client.message import message_of, request_of
from pytest_fmbench.client.stock import StockTransport
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.record import RequestRecord
from tests.support.mock_server import END, HEAD, Step, chat_reply, delta, peers, plain, request_from, serving, sse

NOWHERE = "http://127.0.0.1:9"


def asked(url: str, read: float = 5.0, whole: float = 30.0, content: bytes = b"{}") -> httpx.Request:
    extensions = {"timeout": {"connect": 1.0, "read": read}, "whole_timeout": whole}
    return httpx.Request("POST", url, content=content, headers={"x-a": "b"}, extensions=extensions)


async def _recorded(transport: StockTransport, request: httpx.Request, times: int) -> list[Recording]:
    found = [Recording() for _ in range(times)]
    async with transport:
        for recording in found:
            await transport.record(request, recording)
    return found


def recorded(request: httpx.Request, times: int = 1, **how: Any) -> list[Recording]:
    return asyncio.run(_recorded(StockTransport(**how), request, times))


def decoded(recording: Recording) -> RequestRecord:
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat())


@contextmanager
def proxy(tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that forwards http and tunnels the rest; its URL, and the first line of each request."""
    lines: list[bytes] = []

    def forward(peer: socket.socket) -> None:
        with peer if tls is None else tls.wrap_socket(peer, server_side=True) as secure:
            relay(secure)

    def relay(secure: socket.socket) -> None:
        request = request_from(secure)
        lines.append(request.partition(b"\r\n")[0])
        method, target, _ = lines[-1].split(b" ")
        place, _, path = target.removeprefix(b"http://").partition(b"/")
        host, _, port = place.rpartition(b":")
        with socket.create_connection((host.decode(), int(port))) as server:
            if method == b"CONNECT":
                secure.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
            else:
                server.sendall(request.replace(target, b"/" + path, 1))
            back = threading.Thread(target=_pump, args=(server, secure), daemon=True)
            back.start()
            _pump(secure, server)
            back.join(10)

    with peers(forward) as port:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}", lines


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture(scope="module")
def authority() -> Any:
    return pytest.importorskip("trustme", reason="makes the certificates: pip install trustme").CA()


@pytest.fixture
def bundle(authority: Any, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.fixture
def server_side(authority: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_healthy_reply_looks_as_through_our_own() -> None:
    before_ns = monotonic_ns()
    with serving(lambda _: chat_reply(tokens=5, gap_s=0.005)) as mock:
        first, second = recorded(asked(mock.url), times=2)
        assert [one.nth for one in mock.asked] == [0, 1]
        assert mock.asked[0].header("x-a") == "b"
    found = decoded(first)
    assert (found.status, found.stamp, found.http_status, found.output_tokens) == ("ok", "loop", 200, 5)
    assert first.end is End.COMPLETE
    assert first.sent_ns is not None
    assert before_ns < first.sent_ns < found.chunk_ns[0] < found.chunk_ns[4]
    assert (first.connect_ns > 0, second.connect_ns) == (True, 0)
    assert len(first.ends) == len(first.arrivals) == len(first.earliest)
    assert first.ends[-1] == len(first.data)


def test_every_request_may_have_a_connection_of_its_own() -> None:
    with serving(lambda _: chat_reply()) as mock:
        recorded(asked(mock.url), times=3, fresh=True)
        assert [one.nth for one in mock.asked] == [0, 0, 0]


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        (plain(500, '{"error": {"message": "no memory"}}'), "status: 500: no memory"),
        ([HEAD, sse(delta("a")), END], "truncated: the stream ended without a finish reason after 1 chunks"),
        ([HEAD, sse(delta("a"))], "truncated: peer closed connection"),
        ([HEAD, sse(delta("a")), 0.05, None], "truncated: "),
        ([], "truncated: Server disconnected"),
        ([b"220 smtp.example ready\r\n\r\n"], "protocol: "),
        ([HEAD, b"zz\r\n"], "protocol: "),
        ([HEAD, sse(delta("a")), 5.0], "timeout: nothing arrived for 0.2 s"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], "status: 204"),
        ([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"], "protocol: content-encoding"),
    ],
)
def test_every_way_to_fail_has_its_cause(steps: Sequence[Step], error: str) -> None:
    with serving(lambda _: steps) as mock:
        (recording,) = recorded(asked(mock.url, read=0.2))
    assert str(decoded(recording).error).startswith(error)
    assert recording.done_ns is not None


def test_a_reply_without_length_ends_with_its_connection() -> None:
    event = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
    with serving(lambda _: [b"HTTP/1.1 200 OK\r\n\r\n" + event]) as mock:
        assert decoded(recorded(asked(mock.url))[0]).error is None


def test_a_trickle_without_end_is_a_timeout() -> None:
    with serving(lambda _: chat_reply(tokens=100, gap_s=0.05)) as mock:
        found = decoded(recorded(asked(mock.url, whole=0.3))[0])
    assert found.error == "timeout: not complete within 0.3 s"
    assert found.chunk_ns


def test_a_reply_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "_LARGEST", 100_000)
    with serving(lambda _: [HEAD, *[sse(b"a" * 60_000)] * 10, END]) as mock:
        found = decoded(recorded(asked(mock.url))[0])
    assert found.error == "protocol: the response is larger than 100000 bytes"


def test_a_port_that_refuses_is_a_connect_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (recording,) = recorded(asked(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert (recording.end, recording.sent_ns) == (End.CONNECT, None)
    assert recording.detail


def test_a_cancelled_request_is_censored_and_keeps_what_came() -> None:
    async def cut(url: str) -> Recording:
        recording = Recording()
        async with StockTransport() as transport:
            asking = asyncio.ensure_future(transport.record(asked(url), recording))
            while len(recording.arrivals) < 3:  # noqa: ASYNC110  # the recording has no event to wait for, on purpose
                await asyncio.sleep(0.001)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        return recording

    with serving(lambda _: chat_reply(tokens=500, gap_s=0.01)) as mock:
        found = decoded(asyncio.run(cut(mock.url)))
    assert found.error == "censored: the run ended first"
    assert found.chunk_ns


def test_plain_httpx_may_use_it() -> None:
    async def get(url: str) -> Any:
        async with httpx.AsyncClient(transport=StockTransport(), trust_env=False) as client:
            return (await client.post(url, json={"q": 1})).json()

    with serving(lambda _: plain(200, '{"a": 1}')) as mock:
        assert asyncio.run(get(mock.url)) == {"a": 1}
        assert json.loads(mock.asked[0].body) == {"q": 1}


def test_a_proxy_forwards() -> None:
    with serving(lambda _: chat_reply()) as mock, proxy() as (url, lines):
        found = decoded(recorded(asked(f"{mock.url}/v1?a=b"), proxy=url)[0])
    assert (found.status, found.stamp) == ("ok", "loop")
    assert lines == [f"POST {mock.url}/v1?a=b HTTP/1.1".encode()]


def test_a_proxy_tunnels(bundle: str, server_side: ssl.SSLContext) -> None:
    with serving(lambda _: chat_reply(gap_s=0.005), server_side) as mock, proxy() as (url, lines):
        (recording,) = recorded(asked(mock.url), proxy=url, ca_bundle=bundle)
    assert decoded(recording).error is None
    assert lines == [f"CONNECT 127.0.0.1:{mock.port} HTTP/1.1".encode()]
    assert recording.sent_ns is not None
    assert recording.tls_ns > 0


def test_a_proxy_may_speak_tls_itself(bundle: str, server_side: ssl.SSLContext) -> None:
    with serving(lambda _: chat_reply()) as mock, proxy(server_side) as (url, _):
        assert decoded(recorded(asked(mock.url), proxy=url, ca_bundle=bundle)[0]).error is None


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_answers_itself_is_what_failed(scheme: str) -> None:
    def refuse(peer: socket.socket) -> None:
        request_from(peer)
        peer.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 15\r\n\r\n<html>no</html>")

    with peers(refuse) as port:
        (recording,) = recorded(asked(f"{scheme}://127.0.0.1:1"), proxy=f"http://127.0.0.1:{port}")
    expected = {"http": "status: 502: <html>no</html>", "https": "connect: 502 Bad Gateway"}
    assert decoded(recording).error == expected[scheme]
    assert (recording.sent_ns is None) is (scheme == "https")


@pytest.mark.parametrize("transport", [StockTransport, RecordingTransport])
def test_proxies_of_the_environment_are_not_used(transport: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    with serving(lambda _: chat_reply()) as mock:
        (recording,) = asyncio.run(_recorded(transport(), asked(mock.url), 1))
    assert decoded(recording).error is None


def test_every_error_of_httpx_is_an_end() -> None:
    """When this fails, httpx has grown an error: say in ``client/ends.py`` what it means."""

    def leaves(kind: type[httpx.TransportError]) -> Iterator[type[httpx.TransportError]]:
        below = kind.__subclasses__()
        for each in below:
            yield from leaves(each)
        if not below:
            yield kind

    assert {kind for kind in leaves(httpx.TransportError) if kind.__module__.startswith("httpx")} == set(ENDS)


@pytest.mark.parametrize("url", ["http://h:1/v1?a=b%20c", "https://[::1]/", "http://xn--mnchen-3ya.example/x"])
def test_a_message_is_its_request(url: str) -> None:
    message = message_of(httpx.Request("POST", url, content=b"a\r\n\r\nb", headers={"X-Two": "a: b"}))
    assert message_of(request_of(message)).content == message.content
    assert message_of(request_of(message)).origin == message.origin


class _H2:
    """An HTTP/2 server: each request is answered with the body of a healthy reply, in pieces."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context, self.asked = context, 0

    def handle(self, peer: socket.socket) -> None:
        with peer if self._context is None else self._context.wrap_socket(peer, server_side=True) as secure:
            self._serve(secure)

    def _serve(self, secure: socket.socket) -> None:
        import h2.config
        import h2.connection
        import h2.events

        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        connection.initiate_connection()
        secure.sendall(connection.data_to_send())
        while data := secure.recv(65_536):
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.StreamEnded):
                    self._answer(connection, event.stream_id, secure)
            secure.sendall(connection.data_to_send())

    def _answer(self, connection: Any, stream: int, secure: socket.socket) -> None:
        self.asked += 1
        connection.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        for step in chat_reply():
            if isinstance(step, bytes) and step not in (HEAD, END):
                connection.send_data(stream, step.partition(b"\r\n")[2].removesuffix(b"\r\n"))
                secure.sendall(connection.data_to_send())
        connection.end_stream(stream)


@pytest.mark.parametrize("secure", [True, False])
def test_http2(secure: bool, bundle: str, server_side: ssl.SSLContext) -> None:
    pytest.importorskip("h2", reason="HTTP/2: pip install 'pytest-fmbench[http2]'")
    server_side.set_alpn_protocols(["h2"])
    server = _H2(server_side if secure else None)
    with peers(server.handle) as port:
        url = f"{'https' if secure else 'http'}://127.0.0.1:{port}/v1"
        first, second = recorded(asked(url), times=2, http2=True, ca_bundle=bundle)
    assert [decoded(one).error for one in (first, second)] == [None, None]
    assert (decoded(first).output_tokens, server.asked, second.connect_ns) == (4, 2, 0)
    assert first.sent_ns is not None


def test_http2_is_not_quietly_something_else(bundle: str, server_side: ssl.SSLContext) -> None:
    pytest.importorskip("h2", reason="HTTP/2: pip install 'pytest-fmbench[http2]'")
    with serving(lambda _: chat_reply(), server_side) as mock:
        found = decoded(recorded(asked(mock.url, read=0.5), http2=True, ca_bundle=bundle)[0])
    assert found.status == "failed"
