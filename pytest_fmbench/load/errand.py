"""The far side of :mod:`pytest_fmbench.load.elsewhere`: ``python -m pytest_fmbench.load.errand``.

Runs the jobs that it is sent in processes of this host, tells what they tell, and sends on what they spool. It ends,
with its jobs and its folder, when its standard input does.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.engine import DONE, Crew, Job, Message
from pytest_fmbench.load.lines import MessageReader, write_message
from pytest_fmbench.load.processes import Processes

_STDIN, _STDOUT, _STDERR = range(3)
_PIECE = 48 * 1024
"""Bytes of a spool in one message."""

Tell = Callable[[Message], None]


def main() -> None:
    """Do what is asked, until there is nothing left to do or nobody to do it for."""
    answers = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)  # a stray print must not look like a message
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a parent may have had ignored

    def tell(message: Message) -> None:
        write_message(answers, message)

    tell({"event": "here", "version": version("pytest-fmbench"), "python": list(sys.version_info[:2])})
    messages = _messages()
    jobs = _jobs(messages, tell)
    if jobs is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="fmbench-load-") as folder:
            _run(jobs, Path(folder), messages, tell)
        tell({"event": DONE})
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(1)  # there is nobody left to tell


def _messages() -> Iterator[Message]:
    """What we are told, until there is no more."""
    reader = MessageReader(_STDIN)
    while not reader.ended:
        yield from reader.take()


def _jobs(messages: Iterator[Message], tell: Tell) -> Mapping[int, Job] | None:
    """The jobs, by number, once they come; None where they never do. Until then we tell the time."""
    for message in messages:
        if message["event"] == "jobs":
            sys.path[:] = [*sys.path, *(entry for entry in message["path"] if entry not in sys.path)]
            jobs: dict[int, Job] = pickle.loads(base64.b64decode(message["parcel"]))  # noqa: S301  # from who started us
            return jobs
        tell({"event": "clock", "ns": monotonic_ns()})
    return None


def _run(jobs: Mapping[int, Job], folder: Path, messages: Iterator[Message], tell: Tell) -> None:
    numbers, mirrors = [*jobs], [_Mirror(nth, folder / f"spool.{nth}", tell) for nth in jobs]
    moved = [
        replace(job, plan=replace(job.plan, spool=mirror.path))
        for job, mirror in zip(jobs.values(), mirrors, strict=True)
    ]
    with Processes().start(moved) as crew:
        threading.Thread(target=_follow, args=(messages, crew, numbers), daemon=True).start()
        for place, message in crew.heard():
            mirrors[place].send_on()
            tell({"event": "told", "nth": numbers[place], "told": message})


def _follow(messages: Iterator[Message], crew: Crew, numbers: list[int]) -> None:
    """Hand on what is said to jobs; at the end, which is that of our lifeline, end the main thread's work too."""
    try:
        for message in messages:
            crew.say(numbers.index(message["nth"]), message["message"])
    finally:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


class _Mirror:
    """Sends on what is appended to a spool."""

    def __init__(self, nth: int, path: Path, tell: Tell) -> None:
        self.path, self._nth, self._tell, self._sent = path, nth, tell, 0
        path.touch()

    def send_on(self) -> None:
        """Send what is new: a job tells of what it has spooled only after that."""
        with self.path.open("rb") as spool:
            spool.seek(self._sent)
            while piece := spool.read(_PIECE):
                self._sent += len(piece)
                self._tell({"event": "spooled", "nth": self._nth, "data": base64.b64encode(piece).decode()})


if __name__ == "__main__":
    main()
