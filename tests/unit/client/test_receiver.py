"""One ring or one epoll for all sockets, or none where there is none; on any event loop."""

from __future__ import annotations

import asyncio
import select
import socket
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import httpx
import pytest

from pytest_fmbench.client import connection
from pytest_fmbench.client.decoding import decode
from pytest_fmbench.client.dialects.openai_chat import OpenAIChat
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.client.receiving import RingReceiver, receiver_here
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.model.exchange import End, Exchange, Phase, Recording, Ticket
from tests.support.mock_server import HEAD, chat_reply, peers, request_from, serving
from tests.support.ways import WAYS, go

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]
epoll = pytest.mark.skipif(not hasattr(select, "epoll"), reason="this system has no epoll")


def on_uvloop(what: Coroutine[Any, Any, T]) -> T:
    uvloop = pytest.importorskip("uvloop", reason="another event loop: pip install uvloop")
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(what)
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


@pytest.fixture(params=[asyncio.run, on_uvloop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[*WAYS, "per socket"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "per socket":
        monkeypatch.delattr(select, "epoll", raising=False)
    else:
        go(request.param, monkeypatch)
    return str(request.param)


@pytest.fixture(params=WAYS)
def way_of_many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sockets are watched as one."""
    go(request.param, monkeypatch)


async def recorded(url: str, content: bytes = b"{}", times: int = 1) -> list[Recording]:
    """At the same time."""
    extensions = {"timeout": {"connect": 5.0, "read": 5.0}}
    found = [Recording() for _ in range(times)]
    async with RecordingTransport() as transport:
        requests = [httpx.Request("POST", url, content=content, extensions=extensions) for _ in found]
        await asyncio.gather(*(transport.record(*pair) for pair in zip(requests, found, strict=True)))
    return found


def errors_of(found: list[Recording]) -> list[str | None]:
    ticket = Ticket(0, Phase.WINDOW, 1, 2)
    return [decode(Exchange("r", ticket, one), OpenAIChat()).error for one in found]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("content", [b"{}", b"a" * 20_000_000], ids=["small", "large"])
def test_many_at_once_on_any_loop(run: Run[list[Recording]], content: bytes) -> None:
    times = 20 if len(content) < 100 else 1
    with serving(lambda _: chat_reply(gap_s=0.003)) as mock:
        found = run(recorded(mock.url, content, times))
        assert [len(asked.body) for asked in mock.asked] == [len(content)] * times
    assert errors_of(found) == [None] * times
    assert all(list(one.arrivals) == sorted(one.arrivals) for one in found)


@pytest.mark.usefixtures("way")
def test_an_early_answer_to_a_large_request_on_any_loop(run: Run[list[Recording]]) -> None:
    def refuse(peer: socket.socket) -> None:
        peer.recv(1000)
        peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    with peers(refuse) as port:
        found = run(recorded(f"http://127.0.0.1:{port}", b"a" * 20_000_000))
    assert errors_of(found) == ["status: 413: "]


class _Slow:
    """An epoll, or a ring, after which the process loses its core for a while."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def poll(self, *arguments: Any) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = self._real.poll(*arguments)
        time.sleep(0.01)
        return found

    def look(self) -> Iterable[tuple[int, int, int]]:
        found: Iterable[tuple[int, int, int]] = self._real.look()
        time.sleep(0.01)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@epoll
@pytest.mark.usefixtures("way_of_many")
def test_what_comes_while_it_looks_came_no_earlier_than_it_says() -> None:
    async def ask(url: str) -> Recording:
        recording = Recording()
        async with RecordingTransport() as transport:
            slow_down(transport.receiver)
            looking = asyncio.ensure_future(_look(transport.receiver))
            await transport.record(httpx.Request("POST", url, content=b"{}"), recording)
            looking.cancel()
        return recording

    with serving(lambda _: chat_reply(tokens=60, gap_s=0.003)) as mock:
        recording = asyncio.run(ask(mock.url))
    gaps = [late - early for late, early in zip(recording.arrivals, recording.earliest, strict=True)]
    assert sum(gap <= 0 for gap in gaps) < len(gaps) / 4, "bounds that lie after the arrivals are no bounds"


def slow_down(receiver: Receiver) -> None:
    if isinstance(receiver, RingReceiver):
        receiver._ring = _Slow(receiver._ring)  # type: ignore[assignment]  # noqa: SLF001
    else:
        receiver._poll = _Slow(receiver._poll)  # type: ignore[assignment]  # noqa: SLF001


async def _look(receiver: Receiver) -> None:
    while True:
        receiver.drain()
        await asyncio.sleep(0)


@pytest.mark.usefixtures("way")
def test_what_is_left_in_a_socket_may_be_as_old_as_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MOST_READS", 1)
    monkeypatch.setattr(connection, "_LARGE_READ_SIZE", 2000)
    written: list[int] = []

    def pour(peer: socket.socket) -> None:
        request_from(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + b"a" * 50_000)
        written.append(monotonic_ns())
        peer.recv(1)

    async def ask(port: int) -> Recording:
        found = asyncio.ensure_future(recorded(f"http://127.0.0.1:{port}"))
        while not written:
            await asyncio.sleep(0)
            time.sleep(0.001)  # noqa: ASYNC251  # so that more comes than is read
        return (await found)[0]

    with peers(pour) as port:
        recording = asyncio.run(ask(port))
    assert recording.end is End.COMPLETE
    assert max(recording.earliest) <= written[0] + 1_000_000


@pytest.mark.usefixtures("way")
def test_it_watches_until_it_is_told_to_forget() -> None:
    class Owner:
        read = wrote = 0

        def on_readable(self, earliest_ns: int, ahead_ns: int) -> None:
            assert 0 < earliest_ns <= monotonic_ns()
            assert ahead_ns > 0
            self.read += len(ours.recv(100))

        def on_read(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
            assert 0 < earliest_ns <= monotonic_ns()
            assert arrived_ns == 0, "a pair of sockets is not stamped"
            self.read += len(data)

        def on_broken(self, error: OSError) -> None:
            raise error

        def on_writable(self) -> None:
            self.wrote += ours.send(b"room")

    async def main() -> None:
        owner, receiver = Owner(), receiver_here()
        assert receiver.here
        receiver.watch(ours, owner)
        theirs.send(b"abc")
        await _until(lambda: owner.read == 3)
        receiver.watch_room(ours, owner)
        await _until(lambda: owner.wrote > 0)
        receiver.forget_room(ours)
        wrote = owner.wrote
        receiver.forget(ours)
        with suppress(BrokenPipeError):  # a ring shuts it down, as it is closed next
            theirs.send(b"abc")
        await asyncio.sleep(0.02)
        assert (owner.read, owner.wrote) == (3, wrote)
        receiver.forget(ours)  # once more does no harm

        receiver.close()

    with _pair() as (ours, theirs):
        asyncio.run(main())


def descriptors(receiver: Receiver) -> list[int]:
    """What the loop watches."""
    found = [receiver._poll.fileno()] if receiver._poll is not None else []  # noqa: SLF001
    return [*found, receiver._ring.event] if isinstance(receiver, RingReceiver) else found  # noqa: SLF001


class _pair:  # noqa: N801  # read as a function
    def __enter__(self) -> tuple[socket.socket, socket.socket]:
        self._both = socket.socketpair()
        self._both[0].setblocking(False)
        return self._both

    def __exit__(self, *_: object) -> None:
        for each in self._both:
            each.close()


async def _until(met: Callable[[], bool]) -> None:
    for _ in range(1000):
        if met():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it did not come to that")


@epoll
@pytest.mark.usefixtures("way_of_many")
def test_a_stamp_that_nobody_fetched_does_not_keep_the_loop_awake() -> None:
    """Until a send's stamp is fetched, its socket counts as readable."""
    turns = 0

    async def ask(url: str) -> None:
        async with RecordingTransport() as transport:
            drain = transport.receiver.drain

            def counted() -> None:
                nonlocal turns
                turns += 1
                drain()

            for descriptor in descriptors(transport.receiver):
                asyncio.get_running_loop().add_reader(descriptor, counted)
            await transport.record(httpx.Request("POST", url, content=b"a" * 5_000_000), Recording())

    with serving(lambda _: [HEAD, 0.3, *chat_reply()[1:]]) as mock:
        asyncio.run(ask(mock.url))
    assert turns < 500


@pytest.fixture(autouse=True)
def _policy() -> Iterator[None]:
    """A loop that is not asyncio's own leaves nothing behind."""
    yield
    assert asyncio.get_event_loop_policy().__class__.__module__.startswith("asyncio")
