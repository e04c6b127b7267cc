"""Reads all sockets that have something, in one go.

An event loop spends more on a callback than a read costs. So the sockets are watched by an epoll of their own, and the
loop watches only that: when it calls, everything that has arrived on any of them is read. Between two polls a socket
that was not ready was empty, so a poll's time bounds from below when the bytes of the next one can have arrived.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Iterable
from typing import Protocol

from pytest_fmbench.clock import monotonic_ns, realtime_ahead_ns

_LONG_NS = 1_000_000
IN, OUT = getattr(select, "EPOLLIN", 0), getattr(select, "EPOLLOUT", 0)


class Owner(Protocol):
    """The owner of a watched socket."""

    def on_readable(self, earliest_ns: int, ahead_ns: int) -> None:
        """Read the socket until it is empty.

        :param earliest_ns: when it was known to be empty, on CLOCK_MONOTONIC.
        :param ahead_ns: how far CLOCK_REALTIME, which the kernel stamps with, is ahead of CLOCK_MONOTONIC.
        """
        ...

    def on_read(self, data: bytes, arrived_ns: int, earliest_ns: int) -> None:
        """Take what was read for it.

        :param data: empty when the other side has said that no more comes.
        :param arrived_ns: the kernel's stamp on the last of it, on CLOCK_MONOTONIC; 0 where there is none.
        :param earliest_ns: as in :meth:`on_readable`.
        """
        ...

    def on_broken(self, error: OSError) -> None:
        """Take it that the socket cannot be read any more."""
        ...

    def on_writable(self) -> None:
        """Write to the socket, which takes more."""
        ...


class Receiver:
    """Watches sockets for one event loop; made inside it.

    :raises OSError: when the process may open no more files.
    :ivar loop: the event loop.
    :ivar clock_step_ns: the farthest that CLOCK_REALTIME has stepped between two polls.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._owners: dict[int, Owner] = {}
        self._emptied_ns: dict[int, int] = {}
        self._poll = select.epoll() if hasattr(select, "epoll") else None
        self._polled_ns, self._ahead_ns = monotonic_ns(), realtime_ahead_ns()
        self._reads = 0
        self.clock_step_ns = 0
        if self._poll is not None:
            self.loop.add_reader(self._poll.fileno(), self.drain)

    @property
    def here(self) -> bool:
        """It is of the running event loop; of several that run at once only one may use it."""
        return self.loop.is_running()  # to ask which one runs takes a system call, and is asked for each request

    @property
    def alone(self) -> bool:
        """The loop does not watch the sockets. Some loops stop to watch one that has a send's stamp to tell."""
        return self._poll is not None

    def watch(self, sock: socket.socket, owner: Owner) -> None:
        """Call ``owner`` whenever ``sock`` has something to read."""
        descriptor = sock.fileno()
        if self._poll is None:
            self._emptied_ns[descriptor] = monotonic_ns()
            self.loop.add_reader(sock, self._read_one, descriptor)
        else:
            self._poll.register(descriptor, IN)
        self._owners[descriptor] = owner

    def watch_room(self, sock: socket.socket, owner: Owner) -> None:
        """Call ``owner``, who watches already, whenever ``sock`` can be written to as well."""
        if self._poll is None:
            self.loop.add_writer(sock, owner.on_writable)
        else:
            self._poll.modify(sock.fileno(), IN | OUT)

    def forget_room(self, sock: socket.socket) -> None:
        """Watch it for reading only."""
        if self._poll is None:
            self.loop.remove_writer(sock)
        else:
            self._poll.modify(sock.fileno(), IN)

    def forget(self, sock: socket.socket) -> None:
        """Stop watching a socket that is about to be closed."""
        if self._owners.pop(sock.fileno(), None) is None:
            return
        if self._poll is not None:
            self._poll.unregister(sock.fileno())
        elif not self.loop.is_closed():
            self.loop.remove_reader(sock)
            self.loop.remove_writer(sock)

    def drain(self) -> None:
        """Read every socket that is ready."""
        if self._poll is None or not self._owners:
            return
        earliest_ns, asked_ns = self._polled_ns, monotonic_ns()  # before asking: later, some may have come meanwhile
        ready = self._poll.poll(0, len(self._owners))
        self._polled_ns, ahead_ns = asked_ns, self._look_at_clocks()
        self._serve(ready, earliest_ns, ahead_ns)

    def keep_up(self) -> None:
        """Read what is there if the last look is long ago: for work that lasts, such as starting many requests."""
        if monotonic_ns() - self._polled_ns > _LONG_NS:
            self.drain()

    def reads_since(self) -> int:
        """How many sockets were found ready since this was last asked."""
        reads, self._reads = self._reads, 0
        return reads

    def close(self) -> None:
        """Stop watching everything."""
        if self._poll is not None:
            if not self.loop.is_closed():
                self.loop.remove_reader(self._poll.fileno())
            self._poll.close()
        self._owners.clear()

    def _read_one(self, descriptor: int) -> None:
        """Where there is no epoll, the loop watches each socket."""
        earliest_ns, self._emptied_ns[descriptor] = self._emptied_ns[descriptor], monotonic_ns()
        self._owners[descriptor].on_readable(earliest_ns, self._look_at_clocks())

    def _serve(self, ready: Iterable[tuple[int, int]], earliest_ns: int, ahead_ns: int) -> None:
        """Have sockets read and written to, by descriptor and events."""
        owners = self._owners
        for descriptor, events in ready:
            self._reads += 1
            owner = owners.get(descriptor)
            if owner is None:  # an owner may close another's socket
                continue
            if events & OUT:
                owner.on_writable()
            owner.on_readable(earliest_ns, ahead_ns)

    def _look_at_clocks(self) -> int:
        ahead_ns = realtime_ahead_ns()
        self.clock_step_ns = max(self.clock_step_ns, abs(ahead_ns - self._ahead_ns))
        self._ahead_ns = ahead_ns
        return ahead_ns
