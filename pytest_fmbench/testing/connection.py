"""A client's connection: requests in, steps out, never waiting."""

from __future__ import annotations

import socket
import ssl
import struct
from selectors import EVENT_READ, EVENT_WRITE

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.testing.asked import take
from pytest_fmbench.testing.host import Host
from pytest_fmbench.testing.reply import Reply
from pytest_fmbench.testing.responses import refusal
from pytest_fmbench.testing.steps import Close, Reset, Write

_BUSY = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_AT_ONCE = 1 << 16


class Connection:
    """One connection: it reads, or a step is scheduled, or a write waits for room, or it is closed.

    :param serial: tells connections apart, whose sockets may have the same number one after another.
    """

    __slots__ = ("_begin_ns", "_buffer", "_host", "_nth", "_peer", "_reply", "_step", "_unsent", "serial")

    def __init__(self, peer: socket.socket, host: Host, serial: int) -> None:
        self._peer, self._host, self.serial = peer, host, serial
        self._buffer, self._nth = bytearray(), 0
        self._reply: Reply | None = None
        self._step: Write | Reset | Close | None = None
        self._unsent, self._begin_ns = memoryview(b""), 0

    def fileno(self) -> int:
        """The socket's number; -1 when it is closed."""
        return self._peer.fileno()

    def on_event(self, events: int) -> None:
        """The socket can be read or written."""
        if events & EVENT_WRITE:
            self._flush()
        if events & EVENT_READ and self.fileno() >= 0:
            self._read()

    def perform(self) -> int | None:
        """Do the step that is due. When the next is, in ns; None if that is not for the clock to say."""
        step = self._step
        if isinstance(step, Write):
            return self._go_on() if self._write(step) else None
        if isinstance(step, Reset):
            # closing with a linger time of zero sends a reset
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()
        return None

    def close(self) -> None:
        """Close it, wherever it is; what is scheduled comes to nothing."""
        if self.fileno() >= 0:
            self._host.watch(self, 0)
            self._peer.close()
        if self._reply is not None:
            self._reply.finish(complete=False)
        self._reply, self._step = None, None

    def _read(self) -> None:
        try:
            while data := self._peer.recv(_AT_ONCE):
                self._buffer += data
        except _BUSY:
            if self._reply is None:
                self._schedule(self._answer())
        except OSError:
            self.close()  # the client is gone, as it may
        else:
            self.close()

    def _answer(self) -> int | None:
        """Begin to answer the next request, if it is there; when its first step is due."""
        try:
            received = take(self._buffer)
        except ValueError as error:
            self._send(refusal(400, f"not understood: {error}").data)
            self.close()
            return None
        if received is None:
            return None
        self._reply = self._host.reply_to(received, self._nth)
        self._nth += 1
        return self._go_on()

    def _go_on(self) -> int | None:
        if self._reply is None:
            return None
        self._step = self._reply.next()
        if self._step is not None:
            return self._reply.due_ns
        self._reply.finish(complete=True)
        last, self._reply = self._reply.last, None
        if not last:
            return self._answer()
        self.close()
        return None

    def _write(self, step: Write) -> bool:
        """Whether all of it was written; else the rest waits for room, or the client is gone."""
        begin_ns = monotonic_ns()
        sent = self._send(step.data)
        if self._reply is not None and sent == len(step.data):
            self._reply.note(step, begin_ns)
            return True
        if self._reply is not None:
            self._begin_ns, self._unsent = begin_ns, memoryview(step.data)[sent:]
            self._host.watch(self, EVENT_READ | EVENT_WRITE)
        return False

    def _flush(self) -> None:
        self._unsent = self._unsent[self._send(self._unsent) :]
        if self._unsent or self._reply is None or not isinstance(self._step, Write):
            return
        self._host.watch(self, EVENT_READ)
        self._reply.note(self._step, self._begin_ns)
        self._reply.held_up()
        self._schedule(self._go_on())

    def _schedule(self, due_ns: int | None) -> None:
        if due_ns is not None:
            self._host.schedule(due_ns, self)

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self._peer.send(data)
        except _BUSY:
            return 0
        except OSError:
            self.close()  # the client is gone, as it may
            return 0
