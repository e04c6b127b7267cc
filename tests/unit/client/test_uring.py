"""A ring that receives for all sockets: nothing is lost, doubled, mixed up or left over, whatever comes and ends."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from pytest_fmbench.client import receiving, uring
from pytest_fmbench.client.receiver import Receiver
from pytest_fmbench.client.receiving import RingReceiver, receiver_here
from pytest_fmbench.client.transport import RecordingTransport
from pytest_fmbench.model.exchange import End, Recording
from tests.support.mock_server import plain, serving
from tests.support.ways import go

Pairs = Callable[[], tuple[socket.socket, socket.socket]]
ROOM = uring.SIZE - uring.HEAD


@pytest.fixture(autouse=True)
def _ring(monkeypatch: pytest.MonkeyPatch) -> None:
    go("ring", monkeypatch)


@pytest.fixture
def pairs() -> Iterator[Pairs]:
    """Makes connections: our end, and theirs."""
    with ExitStack() as stack, socket.create_server(("127.0.0.1", 0), backlog=1000) as server:

        def pair() -> tuple[socket.socket, socket.socket]:
            ours = stack.enter_context(socket.create_connection(server.getsockname()))
            theirs = stack.enter_context(server.accept()[0])
            ours.setblocking(False)
            return ours, theirs

        yield pair


class Owner:
    """Keeps what it is given, and reads by itself once it is asked to."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.data = bytearray()
        self.reads: list[int] = []
        self.ended = self.by_itself = False
        self.error: OSError | None = None

    def on_read(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        assert arrived_ns >= 0
        assert earliest_ns > 0
        assert not self.ended
        self.data += data
        self.reads.append(len(data))
        self.ended = not data

    def on_readable(self, earliest_ns: int, ahead_ns: int) -> None:
        assert ahead_ns > 0
        self.by_itself = True
        if not self.ended:
            self.on_read(self._sock.recv(65_536), 0, earliest_ns)

    def on_broken(self, error: OSError) -> None:
        self.error = error

    def on_writable(self) -> None:
        raise AssertionError("nobody asked for room")


async def until(met: Callable[[], bool]) -> None:
    for _ in range(20_000):
        if met():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it did not come to that")


def noise(length: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(length)  # noqa: S311  # no secret


def watching(*sockets: socket.socket) -> tuple[Receiver, list[Owner]]:
    receiver, owners = receiver_here(), [Owner(one) for one in sockets]
    assert isinstance(receiver, RingReceiver)
    for owner, one in zip(owners, sockets, strict=True):
        receiver.watch(one, owner)
    return receiver, owners


@pytest.mark.parametrize("length", [1, ROOM - 1, ROOM, ROOM + 1, 2 * ROOM, 2 * ROOM + 1, 20 * ROOM])
def test_what_came_at_once_is_one_read_and_the_end_comes_after_it(pairs: Pairs, length: int) -> None:
    async def main() -> None:
        receiver, (owner,) = watching(ours)
        receiver.drain()
        theirs.sendall(bytes(length))
        theirs.shutdown(socket.SHUT_WR)
        await until(lambda: owner.ended)
        receiver.close()
        assert owner.reads == [length, 0]

    ours, theirs = pairs()
    asyncio.run(main())


def test_one_look_takes_from_all(pairs: Pairs) -> None:
    """A kernel that is not told otherwise does 20 at a time."""

    async def main() -> None:
        receiver, owners = watching(*(ours for ours, _ in many))
        for _, theirs in many:
            theirs.sendall(b"abc")
        receiver.drain()
        assert [bytes(owner.data) for owner in owners] == [b"abc"] * len(many)
        assert receiver.reads_since() == len(many)
        receiver.close()

    many = [pairs() for _ in range(100)]
    asyncio.run(main())


@pytest.mark.parametrize("buffers", [2, uring.MOST], ids=["few buffers", "usual"])
@pytest.mark.parametrize("pieces", [(700, 40), (30 * ROOM, 100)], ids=["small", "large"])
def test_nothing_is_lost_or_mixed_up(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch, buffers: int, pieces: tuple[int, int]
) -> None:
    monkeypatch.setattr(uring, "_BUFFERS", buffers)
    said = [noise(pieces[0] * pieces[1] // 4, seed) for seed in range(5)]

    def say(theirs: socket.socket, what: bytes) -> None:
        for at in range(0, len(what), pieces[0]):
            theirs.sendall(what[at : at + pieces[0]])
        theirs.shutdown(socket.SHUT_WR)

    async def main() -> None:
        receiver, owners = watching(*(ours for ours, _ in many))
        for (_, theirs), what in zip(many, said, strict=True):
            threading.Thread(target=say, args=(theirs, what), daemon=True).start()
        await until(lambda: all(owner.ended for owner in owners))
        receiver.close()
        assert [owner.data == what for owner, what in zip(owners, said, strict=True)] == [True] * len(said)

    many = [pairs() for _ in said]
    asyncio.run(main())


def test_who_gets_much_reads_by_himself_and_misses_nothing(pairs: Pairs) -> None:
    said = noise(10_000_000, 0)

    async def main() -> None:
        receiver, (owner,) = watching(ours)
        threading.Thread(target=theirs.sendall, args=(said,), daemon=True).start()
        await until(lambda: len(owner.data) == len(said))
        assert owner.data == said
        assert owner.by_itself
        receiver.forget(ours)
        receiver.close()

    ours, theirs = pairs()
    asyncio.run(main())


def test_a_broken_connection_is_told_after_what_came_before(pairs: Pairs) -> None:
    async def main() -> None:
        receiver, (owner,) = watching(ours)
        theirs.sendall(b"abc")
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        theirs.close()
        await until(lambda: owner.error is not None)
        receiver.close()
        assert isinstance(owner.error, ConnectionResetError)
        assert owner.data == b"abc"

    ours, theirs = pairs()
    asyncio.run(main())


def test_whom_it_forgets_the_other_side_sees_close_and_the_next_of_that_number_gets_nothing_of_it(pairs: Pairs) -> None:
    async def main() -> None:
        receiver, (owner,) = watching(ours)
        number = ours.fileno()
        theirs.sendall(b"old")
        receiver.forget(ours)
        ours.close()
        theirs.settimeout(5)
        assert theirs.recv(1) == b""
        following, sayer = pairs()
        assert following.fileno() == number, "as the lowest that is free"
        new = Owner(following)
        receiver.watch(following, new)
        sayer.sendall(b"new")
        await until(lambda: bool(new.data))
        receiver.close()
        assert (bytes(owner.data), bytes(new.data)) == (b"", b"new")

    ours, theirs = pairs()
    asyncio.run(main())


def test_a_kernel_that_does_otherwise_is_not_used_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names are counted, and no paths wanted
    for name, strange in (("look", lambda _: ()), ("receive", _refuse), ("_set_up", _refuse)):
        with monkeypatch.context() as patch:
            patch.setattr(uring.Ring, name, strange)
            assert receiving.ring_here() is None
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def _refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_in_another_thread_a_transport_begins_anew() -> None:
    """A ring is its thread's, and a loop may go on in another."""
    ends: list[End | None] = []

    def ask() -> None:
        recording = Recording()
        loop.run_until_complete(transport.record(request, recording))
        ends.append(recording.end)

    loop, transport = asyncio.new_event_loop(), RecordingTransport()
    with serving(lambda _: plain(200, "{}")) as mock:
        request = httpx.Request("POST", mock.url, content=b"{}")
        ask()
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    loop.run_until_complete(transport.aclose())
    loop.close()
    assert ends == [End.COMPLETE, End.COMPLETE]
