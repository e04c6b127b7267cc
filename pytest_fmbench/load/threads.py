"""The engine without processes: each job in a thread of this one, for debuggers and where there are no processes.

Jobs share one interpreter, so that one may hold the others up for as long as the interpreter lets it; processes do
not. A thread cannot be killed: a job that is to end early is asked to.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue

from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.engine import QUIT, Hear, Job, Mailbox, Message, shown
from pytest_fmbench.load.quiet import keep_to, uncollected

_STOP_S = 5.0
_SWITCH_S = 0.0005
"""How long one thread may hold up the others; Python's own interval is ten times as long."""


class InProcess:
    """Runs each job in a thread of this process."""

    @contextmanager
    def start(self, jobs: Sequence[Job]) -> Iterator[Threads]:
        """Run ``jobs``, all at once; see :class:`~pytest_fmbench.load.engine.Engine`."""
        with uncollected(), _attentive():
            threads = Threads(jobs)
            try:
                yield threads
            finally:
                threads.end()


class Threads:
    """Jobs that run, each in a thread."""

    ahead_ns = 0

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._told: SimpleQueue[tuple[int, Message | _Ended]] = SimpleQueue()
        self._jobs, self._links = jobs, [_Link(nth, self._told) for nth in range(len(jobs))]
        # daemons: one that does not listen must not keep the interpreter from ending
        self._threads = [threading.Thread(target=self._run, args=(nth,), daemon=True) for nth in range(len(jobs))]
        for thread in self._threads:
            thread.start()

    def heard(self) -> Iterator[tuple[int, Message]]:
        """What the jobs tell, each with the job's number, until all have ended.

        :raises WorkerError: when one raises; with the last lines of its traceback.
        """
        running = len(self._jobs)
        while running:
            nth, message = self._told.get()
            if isinstance(message, _Ended):
                running -= 1
                message.see_that_it_was_well(self._jobs[nth])
            else:
                yield nth, message

    def say(self, nth: int, message: Message) -> None:
        """Say something to a job; nothing happens where it has ended."""
        self._links[nth].said.put(message)

    def end(self) -> None:
        """Ask those that still run to end, and wait until they have."""
        for link in self._links:
            link.said.put({"event": QUIT})
        for thread in self._threads:
            thread.join(_STOP_S)

    def _run(self, nth: int) -> None:
        job, error = self._jobs[nth], None
        try:
            keep_to(job.cores)
            job.run(job.plan, self._links[nth])
        except BaseException as raised:  # noqa: BLE001  # told, and raised where it is heard
            error = raised
        self._told.put((nth, _Ended(error)))


class _Ended:
    def __init__(self, error: BaseException | None) -> None:
        self._error = error

    def see_that_it_was_well(self, job: Job) -> None:
        if self._error is not None:
            told = shown("".join(traceback.format_exception(self._error)))
            raise WorkerError(f"the {job.name} failed\n{told}") from self._error


class _Link:
    def __init__(self, nth: int, told: SimpleQueue[tuple[int, Message | _Ended]]) -> None:
        self._nth, self._told, self.said = nth, told, Mailbox()

    def tell(self, message: Message) -> None:
        self._told.put((self._nth, message))

    def listen(self, hear: Hear) -> None:
        self.said.listen(hear)

    def stand_back(self) -> None:
        """Not here: who runs last but holds the interpreter would keep everyone waiting."""

    def come_forward(self) -> None:
        """It never stood back."""

    def go_on(self, within_s: float) -> None:
        """Nobody waits for it."""


@contextmanager
def _attentive() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
