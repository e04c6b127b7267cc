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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO, cast

from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.engine import DONE, Job, Message, shown
from pytest_fmbench.load.lines import MessageReader, write_message

_STOP_S = 5.0


class Processes:
    """Runs each job in a process of its own."""

    @contextmanager
    def start(self, jobs: Sequence[Job]) -> Iterator[Children]:
        """Run ``jobs``, all at once; see :class:`~pytest_fmbench.load.engine.Engine`."""
        with ExitStack() as stack:
            children = [stack.enter_context(_child(job)) for job in jobs]
            for child in children:
                child.hand_over()
            yield Children(children)


class Children:
    """Jobs that run, each in a process."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children

    def heard(self) -> Iterator[tuple[int, Message]]:
        """What the jobs tell, each with the job's number, until all have ended.

        :raises WorkerError: when one dies or raises; with the last lines that it wrote.
        """
        with selectors.DefaultSelector() as selector:
            for nth, child in enumerate(self._children):
                selector.register(child.stdout, selectors.EVENT_READ, nth)
            while selector.get_map():
                for key, _ in selector.select():
                    child = self._children[key.data]
                    yield from ((key.data, message) for message in child.take())
                    if child.reader.ended:
                        selector.unregister(key.fileobj)
                        child.see_that_it_ended_well()

    def say(self, nth: int, message: Message) -> None:
        """Say something to a job; nothing happens where it has ended."""
        with suppress(BrokenPipeError):  # how it ended, its standard output will tell
            write_message(self._children[nth].stdin.fileno(), message)


class Child:
    """One process."""

    def __init__(self, job: Job, log: BinaryIO) -> None:
        command = [sys.executable, "-m", "pytest_fmbench.load.child"]
        self._job, self._log, self._done = job, log, False
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

    def take(self) -> Iterator[Message]:
        """What it tells next; waits for it."""
        for message in self.reader.take():
            if message.get("event") == DONE:
                self._done = True
            else:
                yield message

    def see_that_it_ended_well(self) -> None:
        """Wait for its end.

        :raises WorkerError: when that came before its work was done.
        """
        status = self.process.wait()
        if status != 0 or not self._done:
            self._log.seek(0)
            told = shown(self._log.read().decode("utf-8", "replace"))
            raise WorkerError(f"the {self._job.name} ended with status {status} before its work was done\n{told}")

    def end(self) -> None:
        """Close its lifeline and wait until it is gone."""
        self.stdin.close()
        try:
            self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stdout.close()


@contextmanager
def _child(job: Job) -> Iterator[Child]:
    with tempfile.TemporaryFile() as log:
        child = Child(job, log)
        try:
            yield child
        finally:
            child.end()
