"""The thread's loop: waits for sockets and for what is due, and answers questions of other threads in between.

Python cannot keep a schedule at a thousand streams. It does not try to: what is due is done as soon as this thread
gets to it, and when that was is the truth.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from concurrent.futures import Future
from heapq import heappop, heappush, heapreplace
from queue import SimpleQueue
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Protocol, TypeVar

from pytest_fmbench.clock import NS_PER_S, monotonic_ns

T = TypeVar("T")
OnEvent = Callable[[int], None]

_ANSWER_S = 30.0


class Performer(Protocol):
    """Whoever has something to do when it is due.

    :param serial: orders those that are due together.
    """

    serial: int

    def perform(self) -> int | None:
        """Do it; when the next is due, in ns, and None if nothing is."""
        ...


class Loop:
    """Runs in one thread; only :meth:`stop` and :meth:`ask` are for others."""

    def __init__(self) -> None:
        self._running = True
        self._selector = DefaultSelector()
        self._due: list[tuple[int, int, Performer]] = []
        self._questions = SimpleQueue[tuple[Callable[[], Any], Future[Any]]]()
        self._woken, self._waker = socket.socketpair()
        self.watch(self._woken, self._answer)

    def watch(self, file: Any, on_event: OnEvent, events: int = EVENT_READ) -> None:  # noqa: ANN401  # any with fileno
        """Call ``on_event`` when one of ``events`` comes; for none, no more."""
        if not events:
            self._selector.unregister(file)
        elif file in self._selector.get_map():
            self._selector.modify(file, events, on_event)
        else:
            self._selector.register(file, events, on_event)

    def schedule(self, due_ns: int, performer: Performer) -> None:
        """Have it perform when it is due."""
        heappush(self._due, (due_ns, performer.serial, performer))

    def run(self) -> None:
        """Go on until :meth:`stop`."""
        try:
            while self._running:
                self._wait()
                for key, events in self._selector.select(0):
                    key.data(events)
                self._perform()
        finally:
            self._running = False

    def stop(self) -> None:
        """End :meth:`run`."""
        self._running = False
        self._waker.send(b"!")

    def ask(self, question: Callable[[], T]) -> T:
        """What ``question`` returns when it is called between two steps, so that it sees none half done."""
        if not self._running:
            return question()
        answer = Future[T]()
        self._questions.put((question, answer))
        self._waker.send(b"?")
        return answer.result(_ANSWER_S)

    def close(self) -> None:
        """Close what it opened."""
        for each in (self._selector, self._woken, self._waker):
            each.close()

    def _answer(self, _: int) -> None:
        self._woken.recv(1)
        if not self._questions.empty():
            question, answer = self._questions.get()
            answer.set_result(question())

    def _wait(self) -> None:
        if not self._due:
            select.select([self._selector], (), ())
            return
        left_ns = self._due[0][0] - monotonic_ns()
        if left_ns > 0:
            # not the selector's own timeout, which is rounded up to a whole millisecond
            select.select([self._selector], (), (), left_ns / NS_PER_S)

    def _perform(self) -> None:
        due, now = self._due, monotonic_ns()
        while due and due[0][0] <= now:
            performer = due[0][2]
            after = performer.perform()
            if after is None:
                heappop(due)
            else:
                heapreplace(due, (after, performer.serial, performer))
