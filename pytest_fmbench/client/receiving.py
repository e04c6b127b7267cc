"""What receives in this process: a ring where the kernel has one for us, else an epoll and a read for each socket."""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from threading import get_ident

from pytest_fmbench.client import uring
from pytest_fmbench.client.receiver import IN, OUT, Owner, Receiver
from pytest_fmbench.client.uring import BUFFER, HEAD, LEFT, MORE, SIZE
from pytest_fmbench.clock import NS_PER_S, monotonic_ns

_DESCRIPTOR_BITS = 32
_DESCRIPTOR = (1 << _DESCRIPTOR_BITS) - 1
_USUAL = BUFFER | MORE
_MANY = 32
"""Buffers that a read may fill; a socket that has filled more is read in larger pieces."""


def receiver_here() -> Receiver:
    """One for the running event loop.

    :raises OSError: when the process may open no more files.
    """
    ring = ring_here()
    return Receiver() if ring is None else RingReceiver(ring)


def ring_here() -> uring.Ring | None:
    """A ring for this thread; None where the kernel is older or lets us have none, as in many containers."""
    if sys.platform == "linux" and hasattr(select, "epoll") and hasattr(os, "eventfd"):
        with suppress(OSError):
            return uring.Ring()
    return None


class RingReceiver(Receiver):
    """A receiver whose sockets the kernel reads, all in one system call.

    Whoever gets large pieces reads them himself, as with any receiver.

    :raises OSError: when the process may open no more files.
    """

    def __init__(self, ring: uring.Ring) -> None:
        self._ring = ring
        try:
            super().__init__()
        except OSError:
            ring.close()
            raise
        self._read_for: dict[int, Owner] = {}
        self._names: dict[int, int] = {}
        self._begun: dict[int, list[tuple[bytes, int]]] = {}
        self._large: set[int] = set()
        self._watched, self._thread = 0, get_ident()
        self.loop.add_reader(ring.event, self.drain)

    @property
    def here(self) -> bool:
        """As :class:`Receiver` says; and a ring is its thread's."""
        return super().here and get_ident() == self._thread

    def watch(self, sock: socket.socket, owner: Owner) -> None:
        """As :class:`Receiver` says."""
        self._watched += 1  # a descriptor alone may be another's while completions of the one before still come
        name = self._watched << _DESCRIPTOR_BITS | sock.fileno()
        self._ring.receive(sock.fileno(), name)
        self._names[sock.fileno()], self._read_for[name] = name, owner

    def watch_room(self, sock: socket.socket, owner: Owner) -> None:
        """As :class:`Receiver` says."""
        if sock.fileno() not in self._names:
            super().watch_room(sock, owner)
        elif self._poll is not None:
            self._poll.register(sock.fileno(), OUT)
            self._owners[sock.fileno()] = owner

    def forget_room(self, sock: socket.socket) -> None:
        """As :class:`Receiver` says."""
        if sock.fileno() in self._names:
            super().forget(sock)
        else:
            super().forget_room(sock)

    def forget(self, sock: socket.socket) -> None:
        """As :class:`Receiver` says. The socket is shut down, since with a receive pending, closing it tells nobody."""
        name = self._names.pop(sock.fileno(), None)
        if name is not None:
            del self._read_for[name]
            self._begun.pop(name, None)
            with suppress(OSError):  # the other side was first
                sock.shutdown(socket.SHUT_RDWR)
        super().forget(sock)

    def drain(self) -> None:
        """As :class:`Receiver` says."""
        earliest_ns, asked_ns = self._polled_ns, monotonic_ns()
        told = self._ring.look()
        ready = self._poll.poll(0, len(self._owners)) if self._owners and self._poll is not None else ()
        self._polled_ns, ahead_ns = asked_ns, self._look_at_clocks()
        if told and not self._deliver(told, earliest_ns, ahead_ns):
            self._polled_ns = earliest_ns  # as not all sockets are empty, the next look's may hold what is as old
        self._serve(ready, earliest_ns, ahead_ns)

    def close(self) -> None:
        """As :class:`Receiver` says."""
        if not self.loop.is_closed():
            self.loop.remove_reader(self._ring.event)
        super().close()
        self._read_for.clear()
        self._names.clear()
        self._ring.close()

    def _deliver(self, told: Iterable[tuple[int, int, int]], earliest_ns: int, ahead_ns: int) -> bool:
        """Hand out what was read; returns whether that was all. Every token passes here."""
        memory, owner_of, stamp_at, begun = self._ring.memory, self._read_for.get, uring.stamp_at, self._begun
        reads = 0
        unusual: list[tuple[int, int, int]] = []
        for name, result, flags in told:
            reads += 1
            owner = owner_of(name)
            if flags & BUFFER and owner is not None:  # an owner may close another's socket
                at = (flags >> 16) * SIZE
                stamped, seconds, nanoseconds = stamp_at(memory, at)
                arrived_ns = seconds * NS_PER_S + nanoseconds - ahead_ns if stamped else 0
                data = memory[at + HEAD : at + result]
                if flags & LEFT or name in begun:
                    self._go_on(name, data, arrived_ns, earliest_ns, left=result == SIZE and flags & LEFT != 0)
                else:
                    owner.on_read(data, arrived_ns, earliest_ns)
            if flags & _USUAL != _USUAL:
                unusual.append((name, result, flags))
        self._reads += reads
        self._ring.give_back(reads - sum(not flags & BUFFER for _, _, flags in unusual))
        while self._large:
            self._hand_over(self._large.pop(), earliest_ns)
        lacked = [self._follow(name, result, earliest_ns) for name, result, flags in unusual if not flags & MORE]
        return not any(lacked) and reads < uring.MOST

    def _serve(self, ready: Iterable[tuple[int, int]], earliest_ns: int, ahead_ns: int) -> None:
        """Let those write that the ring reads for; the others are served as usual."""
        usual = []
        for descriptor, events in ready:
            owner = self._owners.get(descriptor)
            if descriptor not in self._names:
                usual.append((descriptor, events))
            elif owner is not None:
                owner.on_writable()
        super()._serve(usual, earliest_ns, ahead_ns)

    def _go_on(self, name: int, data: bytes, arrived_ns: int, earliest_ns: int, *, left: bool) -> None:
        """Take a piece of what one read would have brought: the kernel has merged it, and its last stamp is all's."""
        pieces = self._begun.setdefault(name, [])
        if data:
            pieces.append((data, arrived_ns))
        if len(pieces) > _MANY:
            self._large.add(name)
        if not left:
            self._finish(name, earliest_ns)
            owner = self._read_for.get(name)
            if owner is not None and not data:
                owner.on_read(data, arrived_ns, earliest_ns)

    def _finish(self, name: int, earliest_ns: int) -> None:
        """Hand out the pieces of a read."""
        pieces, owner = self._begun.pop(name, []), self._read_for.get(name)
        if pieces and owner is not None:
            owner.on_read(b"".join(data for data, _ in pieces), pieces[-1][1], earliest_ns)

    def _follow(self, name: int, result: int, earliest_ns: int) -> bool:
        """Do what follows from the end of a receive; returns whether it ended because no buffer was left."""
        owner, lacked = self._read_for.get(name), result == -errno.ENOBUFS
        if owner is not None and (lacked or result > HEAD):
            self._ring.receive(name & _DESCRIPTOR, name)
        elif owner is not None and result < 0:
            self._finish(name, earliest_ns)
            owner.on_broken(OSError(-result, os.strerror(-result)))
        return lacked

    def _hand_over(self, name: int, earliest_ns: int) -> None:
        """From now on its owner reads the socket."""
        self._finish(name, earliest_ns)
        owner, descriptor = self._read_for.pop(name, None), name & _DESCRIPTOR
        if owner is not None and self._poll is not None:
            del self._names[descriptor]
            self._ring.cancel(name)
            if descriptor in self._owners:
                self._poll.modify(descriptor, IN | OUT)
            else:
                self._poll.register(descriptor, IN)
            self._owners[descriptor] = owner
