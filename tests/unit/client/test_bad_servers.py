"""What servers do that they should not: each is a counted outcome with a cause, soon, in bounded memory."""

from __future__ import annotations

import asyncio
import itertools
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest

from pytest_fmbench.client import connection
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import Exchange, Phase, Recording, Ticket
from pytest_fmbench.model.record import RequestRecord
from tests.support.mock_server import (
    END,
    HEAD,
    Step,
    chat_reply,
    delta,
    peers,
    plain,
    request_from,
    serving,
    sse,
)

pytestmark = pytest.mark.usefixtures("way")
ROOT = Path(__file__).parents[3]
OK = b"HTTP/1.1 200 OK\r\n"


def asked(url: str, read: float = 5.0, whole: float = 30.0, content: bytes = b"{}") -> httpx.Request:
    extensions = {"timeout": {"connect": 5.0, "read": read}, "whole_timeout": whole}
    return httpx.Request("POST", url, content=content, extensions=extensions)


def decoded(recording: Recording) -> RequestRecord:
    return decode(Exchange("r", Ticket(0, Phase.WINDOW, 1, 2), recording), OpenAIChat())


async def recorded(requests: Sequence[httpx.Request]) -> list[Recording]:
    """One after the other, over one transport."""
    found = []
    async with RecordingTransport() as transport:
        for request in requests:
            found.append(Recording())
            await transport.record(request, found[-1])
    return found


def answered(steps: Sequence[Step], read: float = 5.0, whole: float = 30.0) -> RequestRecord:
    with serving(lambda _: steps) as mock:
        return decoded(asyncio.run(recorded([asked(mock.url, read, whole)]))[0])


def spoken(handle: Callable[[socket.socket], None], content: bytes = b"{}", times: int = 1) -> list[RequestRecord]:
    with peers(handle) as port:
        request = asked(f"http://127.0.0.1:{port}", content=content)
        return [decoded(one) for one in asyncio.run(recorded([request] * times))]


def error_of(record: RequestRecord) -> str:
    assert record.status == "failed"
    assert record.error is not None
    return record.error


def test_a_byte_at_a_time_is_a_timeout_when_it_takes_too_long() -> None:
    trickle = [step for byte in HEAD * 20 for step in (bytes([byte]), 0.02)]
    assert error_of(answered(trickle, whole=0.3)) == "timeout: not complete within 0.3 s"


def test_bytes_that_come_too_seldom_are_a_timeout() -> None:
    trickle = [step for byte in HEAD for step in (bytes([byte]), 0.5)]
    assert error_of(answered(trickle, read=0.1)) == "timeout: nothing arrived for 0.1 s"


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 "])
def test_a_head_without_end_is_refused_early(begin: bytes) -> None:
    steps = [begin or b"H", *itertools.repeat(b"a" * 65_536, 1600)]
    assert error_of(answered(steps)).startswith("protocol: ")


def test_headers_of_a_megabyte_are_refused() -> None:
    fields = b"".join(b"X-%d: %s\r\n" % (nth, b"a" * 1000) for nth in range(1000))
    error = error_of(answered([OK + fields + b"Content-Length: 1\r\n\r\n", b"}"]))
    assert error == "protocol: the head of the response is larger than 262144 bytes"


def test_informational_responses_without_end_are_refused() -> None:
    error = error_of(answered([b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" * 1000] * 20))
    assert error == "protocol: the head of the response is larger than 262144 bytes"


def test_a_hundred_megabytes_without_a_newline_end_in_bounded_memory() -> None:
    piece, recording = b"100000\r\n" + b"a" * 0x100000 + b"\r\n", Recording()

    async def peak_of(request: httpx.Request) -> int:
        async with RecordingTransport() as transport:
            tracemalloc.start()
            await transport.record(request, recording)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return peak

    with serving(lambda _: [HEAD, *itertools.repeat(piece, 100), END]) as mock:
        peak = asyncio.run(peak_of(asked(mock.url)))
    assert len(recording.data) > 100 * 2**20
    assert peak < 2.5 * len(recording.data)  # as it came, and once more while it is put together
    assert error_of(decoded(recording))


def test_a_body_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_LARGEST", 1_000_000)
    steps = [HEAD, *itertools.repeat(sse(b"a" * 65_536), 100), END]
    assert error_of(answered(steps)) == "protocol: the response is larger than 1000000 bytes"


def test_a_stream_without_end_is_refused_while_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Single events are not shown to the parser as they come, but what there is of them is known."""
    monkeypatch.setattr(connection, "_LARGEST", 20_000)
    monkeypatch.setattr(connection, "_MOST_UNSEEN", 16)
    steps: list[Step] = [HEAD, *[step for _ in range(300) for step in (sse(b"a" * 900), 0.002)], END]
    with serving(lambda _: steps) as mock:
        (recording,) = asyncio.run(recorded([asked(mock.url)]))
    assert error_of(decoded(recording)) == "protocol: the response is larger than 20000 bytes"
    assert len(recording.data) < 60_000


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([HEAD, b"8000000000000000\r\nabc"], "truncated: the server closed the connection"),
        ([HEAD, b"10000000000000000\r\nabc"], "protocol: not HTTP"),
        ([HEAD, b"-1\r\nabc"], "protocol: not HTTP"),
        ([HEAD, b"5\r\nab", None], "truncated: "),
        ([OK + b"Content-Length: 9223372036854775808\r\n\r\nabc"], "truncated: the server closed the connection"),
        ([OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"], "protocol: not HTTP"),
        ([OK + b"Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n}"], "protocol: not HTTP: more than"),
        ([OK + b"Content-Length: 2\r\n\r\n{}garbage}"], "protocol: not HTTP"),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"], "status: 302"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], "status: 204"),
        ([b"\x16\x03\x01\x00\x05hello"], "protocol: not HTTP"),
        ([b"HTTP/9 200 OK\r\n\r\n"], "protocol: not HTTP"),
        ([b"\x00" * 1000], "protocol: not HTTP"),
        (plain(502, "<html><body>Bad gateway</body></html>}"), "status: 502: <html><body>Bad gateway"),
        (plain(200, "<html><body>Log in</body></html>}"), ""),
    ],
)
def test_each_has_its_cause(steps: Sequence[Step], error: str) -> None:
    assert error_of(answered(steps)).startswith(error)


@pytest.mark.parametrize("fields", [b"", b"Upgrade: h2c\r\nConnection: upgrade\r\n"])
def test_another_protocol_is_refused_and_ends_at_once(fields: bytes) -> None:
    (recording,) = _recordings([b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\nabc", 20.0])
    assert recording.end is not None
    assert recording.end.value == "protocol"


def _recordings(steps: Sequence[Step], times: int = 1) -> list[Recording]:
    with serving(lambda _: steps) as mock:
        return asyncio.run(recorded([asked(mock.url)] * times))


def test_gzip_that_nobody_asked_for_is_refused() -> None:
    found = answered([OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"])
    assert error_of(found).startswith("protocol: content-encoding")


@pytest.mark.parametrize("informational", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"])
def test_informational_responses_come_before_the_response(informational: bytes) -> None:
    found = answered([informational, 0.01, informational, *chat_reply()])
    assert (found.status, found.http_status, found.output_tokens) == ("ok", 200, 4)


def test_connections_that_are_closed_after_each_reply_are_replaced() -> None:
    closing = HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    first, second = _recordings([closing, *chat_reply()[1:]], times=2)
    assert [decoded(one).status for one in (first, second)] == ["ok", "ok"]
    assert second.connect_ns > 0
    assert second.reconnects == 0


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_a_reply_without_length_ends_with_its_connection(version: bytes) -> None:
    event = b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
    for found in map(decoded, _recordings([version + b" 200 OK\r\n\r\n", event], times=2)):
        assert (found.status, found.error) == ("ok", None)


def test_a_server_that_closes_right_after_the_last_byte_is_no_failure() -> None:
    def once(peer: socket.socket) -> None:
        request_from(peer)
        peer.sendall(b"".join(step for step in chat_reply() if isinstance(step, bytes)))

    assert [found.status for found in spoken(once, times=5)] == ["ok"] * 5


def test_a_server_that_closes_without_a_word_is_truncated() -> None:
    def shut(peer: socket.socket) -> None:
        request_from(peer)
        peer.shutdown(socket.SHUT_WR)
        peer.recv(1)  # it keeps its other half open, until we close

    assert error_of(spoken(shut)[0]).startswith("truncated: the server closed the connection")


def test_a_server_that_shuts_its_half_between_replies_is_replaced() -> None:
    def half(peer: socket.socket) -> None:
        request_from(peer)
        peer.sendall(b"".join(step for step in chat_reply() if isinstance(step, bytes)))
        peer.shutdown(socket.SHUT_WR)
        peer.recv(1)

    assert [found.status for found in spoken(half, times=3)] == ["ok"] * 3


def test_bytes_that_nobody_asked_for_are_nobodys_reply() -> None:
    async def twice(url: str) -> list[Recording]:
        found = [Recording(), Recording()]
        async with RecordingTransport() as transport:
            for recording in found:
                await transport.record(asked(url), recording)
                await asyncio.sleep(0.1)
        return found

    def chatty(peer: socket.socket) -> None:
        request_from(peer)
        peer.sendall(b"".join(step for step in chat_reply() if isinstance(step, bytes)))
        time.sleep(0.03)
        peer.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        peer.recv(1)

    with peers(chatty) as port:
        found = asyncio.run(twice(f"http://127.0.0.1:{port}"))
    assert [decoded(one).status for one in found] == ["ok", "ok"]
    assert all(one.connect_ns for one in found)


@pytest.mark.parametrize("close", [True, False])
def test_an_early_refusal_of_a_large_request_is_its_answer(close: bool) -> None:
    """The rest of the request is in the way, so that the connection is of no more use."""
    answered = threading.Event()

    def refuse(peer: socket.socket) -> None:
        peer.recv(1000)
        peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge")
        if not close:
            answered.wait(10)  # with the rest unread

    with peers(refuse) as port:
        request = asked(f"http://127.0.0.1:{port}", content=b"a" * 30_000_000)
        found = asyncio.run(recorded([request] * 2))
        answered.set()
    assert [error_of(decoded(one)) for one in found] == ["status: 413: large"] * 2
    assert all(one.connect_ns for one in found)


def test_a_large_request_is_sent_whole() -> None:
    body = bytes(range(256)) * 80_000
    with serving(lambda _: chat_reply()) as mock:
        (recording,) = asyncio.run(recorded([asked(mock.url, content=body)]))
        assert mock.asked[0].body == body
    assert decoded(recording).status == "ok"


def test_a_server_that_reads_nothing_is_a_timeout() -> None:
    def sleepy(peer: socket.socket) -> None:
        peer.recv(1)
        time.sleep(0.5)

    with peers(sleepy) as port:
        request = asked(f"http://127.0.0.1:{port}", read=0.2, content=b"a" * 30_000_000)
        (recording,) = asyncio.run(recorded([request]))
    assert error_of(decoded(recording)) == "timeout: not even a first byte: nothing arrived for 0.2 s"


def test_a_reset_while_the_request_is_being_sent_is_a_reset() -> None:
    def break_off(peer: socket.socket) -> None:
        peer.recv(1000)  # closing with the rest unread sends a reset

    (found,) = spoken(break_off, content=b"a" * 30_000_000)
    assert error_of(found).startswith("truncated: [Errno ")


@pytest.mark.parametrize("way", ["epoll"], indirect=True)  # no socket gets as far as that
def test_ten_thousand_refused_at_once() -> None:
    async def all_at_once(url: str) -> list[Recording]:
        found = [Recording() for _ in range(10_000)]
        async with RecordingTransport() as transport:
            await asyncio.gather(*(transport.record(asked(url), one) for one in found))
        return found

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = asyncio.run(all_at_once(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert {one.end.value for one in found if one.end is not None} == {"connect"}
    assert all(one.detail for one in found)


_LIMITED = """
import asyncio, resource, sys
import httpx
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import Recording

async def main(url):
    found = [Recording() for _ in range(60)]
    request = lambda: httpx.Request("POST", url, content=b"{}", extensions={"timeout": {"connect": 5.0, "read": 5.0}})
    async with RecordingTransport() as transport:
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        await asyncio.gather(*(transport.record(request(), one) for one in found))
        again = Recording()
        await transport.record(request(), again)
    print(*sorted({(one.end.value, "Too many open files" in one.detail) for one in found}), again.end.value)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it sets a limit of Linux's kind")
@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (40, "('complete', False) ('connect', True) complete\n"),
        (0, "('connect', True) connect\n"),
    ],
)
def test_no_more_files_may_be_opened(limit: int, expected: str) -> None:
    with serving(lambda _: [0.2, *chat_reply()]) as mock:
        command = [sys.executable, "-c", _LIMITED, mock.url, str(limit)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (expected, "")


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example"])
def test_a_name_that_cannot_be_found_is_a_connect_error_that_names_it(host: str) -> None:
    (recording,) = asyncio.run(recorded([asked(f"http://{host}/")]))
    assert error_of(decoded(recording)).startswith(f"connect: {host}: ")


def test_a_reply_of_sixty_four_thousand_bytes_and_what_follows_it() -> None:
    """The last byte lies at the end of a read, so that what nobody asked for comes in one of its own."""
    head = OK + b"Content-Length: %d\r\n\r\n"
    length = 65_536 - len(head % 65_536)
    with serving(lambda _: [head % length + b"a" * length + b"garbage}"]) as mock:
        (recording,) = asyncio.run(recorded([asked(mock.url)]))
    assert len(recording.arrivals) == len(recording.ends) == len(recording.earliest)


def test_a_first_event_is_not_late_for_what_came_before() -> None:
    found = answered([HEAD, sse(delta("a")), 0.05, sse(delta("b", finish="stop")), END])
    assert found.status == "ok"
    assert found.chunk_ns[1] - found.chunk_ns[0] > 30_000_000


@pytest.mark.parametrize("size", [b"zz", b"4", b"fff"])
def test_a_chunk_that_looks_like_an_event_but_has_another_size_is_found_out_in_time(size: bytes) -> None:
    broken: list[Step] = [HEAD, 0.01, size + b"\r\ndata: {}\n\n\r\n", 60.0]
    record = answered(broken, read=0.3)
    assert record.error is not None
    assert record.error.startswith("timeout" if size == b"fff" else "protocol: not HTTP"), record.error


def test_the_end_of_a_reply_may_be_cut_anywhere() -> None:
    whole = b"".join(step for step in chat_reply() if isinstance(step, bytes))
    for cut in range(len(whole) - 12, len(whole)):
        record = answered([whole[: cut - 20], 0.005, whole[cut - 20 : cut], 0.005, whole[cut:]])
        assert (record.error, len(record.chunk_ns)) == (None, 4)
