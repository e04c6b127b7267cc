"""The engine of choice: a process of its own for each job, on cores of its own, and gone when we are.

The parent sends one pickled job on the child's standard input and keeps that pipe open. It carries what is said to
the job, and it is the lifeline, whose end of file tells the child that its parent is gone, however it went. The
child answers on its standard output. Both ways a message is a line of JSON.
"""

from __future__ import annotations

import pickle
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO, Protocol, cast

from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.engine import DONE, SHOWN_LINES, Job, Message, shown
from pytest_fmbench.load.lines import MessageReader, write_message

_STOP_S = 5.0
_STOOD_STILL, _STACK = "Timeout (", "(most recent call first):\n"
"""How ``faulthandler`` begins to tell where a process stands, and what each thread does; the main one is the last."""


class Processes:
    """Runs each job in a process of its own."""

    @contextmanager
    def start(self, jobs: Sequence[Job]) -> Iterator[Children]:
        """Run ``jobs``, all at once; see :class:`~pytest_fmbench.load.engine.Engine`."""
        with children_of(dict(enumerate(jobs))) as children:
            yield Children(children)


class Teller(Protocol):
    """A process that jobs are heard through."""

    stdout: BinaryIO
    reader: MessageReader

    def take(self) -> Iterator[tuple[int, Message]]:
        """What its jobs tell next, each with the job's number; waits for it."""
        ...

    def say(self, nth: int, message: Message) -> None:
        """Say something to a job of its own."""
        ...

    def see_that_it_ended_well(self) -> None:
        """Wait for its end.

        :raises WorkerError: when that came before its work was done.
        """
        ...


class Children:
    """Jobs that run in processes.

    :param tellers: by the numbers of their jobs.
    """

    def __init__(self, tellers: Mapping[int, Teller], ahead_ns: int = 0) -> None:
        self._tellers, self.ahead_ns = tellers, ahead_ns

    def heard(self) -> Iterator[tuple[int, Message]]:
        """What the jobs tell, each with the job's number, until all have ended.

        :raises WorkerError: when one dies or raises; with the last lines that it wrote.
        """
        with selectors.DefaultSelector() as selector:
            for teller in {id(one): one for one in self._tellers.values()}.values():
                selector.register(teller.stdout, selectors.EVENT_READ, teller)
            while selector.get_map():
                for key, _ in selector.select():
                    teller = key.data
                    yield from teller.take()
                    if teller.reader.ended:
                        selector.unregister(key.fileobj)
                        teller.see_that_it_ended_well()

    def say(self, nth: int, message: Message) -> None:
        """Say something to a job; nothing happens where it has ended."""
        with suppress(BrokenPipeError):  # how it ended, its standard output will tell
            self._tellers[nth].say(nth, message)


class Child:
    """One process, for the job of this number."""

    def __init__(self, nth: int, job: Job, log: BinaryIO) -> None:
        command = [sys.executable, "-m", "pytest_fmbench.load.child"]
        self._nth, self._job, self._log, self._done = nth, job, log, False
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0)
        self.stdin, self.stdout = cast("BinaryIO", self.process.stdin), cast("BinaryIO", self.process.stdout)
        self.reader = MessageReader(self.stdout.fileno())

    def hand_over(self) -> None:
        """Send the job."""
        # the job apart, because to read it may take the parent's import path
        parcel = pickle.dumps((list(sys.path), pickle.dumps(self._job)))
        left = memoryview(len(parcel).to_bytes(8, "big") + parcel)
        with suppress(BrokenPipeError):
            while left:
                left = left[self.stdin.write(left) :]

    def take(self) -> Iterator[tuple[int, Message]]:
        """As :class:`Teller` says."""
        for message in self.reader.take():
            if message.get("event") == DONE:
                self._done = True
            else:
                yield self._nth, message

    def say(self, _: int, message: Message) -> None:
        """As :class:`Teller` says."""
        write_message(self.stdin.fileno(), message)

    def see_that_it_ended_well(self) -> None:
        """As :class:`Teller` says."""
        status = self.process.wait()
        if status != 0 or not self._done:
            self._log.seek(0)
            log = self._log.read().decode("utf-8", "replace")
            raise WorkerError(f"the {self._job.name} {_what_became_of_it(status, log)}")

    def end(self) -> None:
        """Close its lifeline and wait until it is gone."""
        self.stdin.close()
        wait_or_kill(self.process, _STOP_S)
        self.stdout.close()


def _what_became_of_it(status: int, log: str) -> str:
    """How a process ended, and the last that it wrote."""
    where = log.rpartition(_STOOD_STILL)[2]
    if where == log or _STACK not in where:
        return f"ended with status {status} before its work was done\n{shown(log)}"
    calls = where.rpartition(_STACK)[2].splitlines()[:SHOWN_LINES]
    return "stood still for so long that it was ended; its calls, the last one first:\n" + shown("\n".join(calls))


def wait_or_kill(process: subprocess.Popen[bytes], patience_s: float) -> None:
    """Wait until a process is gone; it is killed where that takes longer."""
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def children_of(jobs: Mapping[int, Job]) -> Iterator[dict[int, Teller]]:
    """A process for each job, by its number; those that still run when the context ends are ended with it."""
    with ExitStack() as stack:
        children = {nth: stack.enter_context(_child(nth, job)) for nth, job in jobs.items()}
        for child in children.values():
            child.hand_over()
        yield dict(children)


@contextmanager
def _child(nth: int, job: Job) -> Iterator[Child]:
    with tempfile.TemporaryFile() as log:
        child = Child(nth, job, log)
        try:
            yield child
        finally:
            child.end()
