"""Where jobs run, and how they talk with who started them: the contract that every engine keeps.

A job is one function with one argument. Engines run several at once, hand on what each tells, and end all of them
when one fails: a run that lost a part of itself is an error, never a shorter run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Message = Mapping[str, Any]
"""Plain values; ``event`` says what it is about."""

Hear = Callable[[Message], None]

QUIT = "quit"
"""The event that asks a job which cannot be killed to end at once, whatever it leaves unfinished."""

DONE = "done"
"""The event that tells a job which did all of its work from one that only ended, as ``sys.exit()`` would make it."""

SHOWN_LINES = 20
"""How many of its last lines are shown of a job that failed."""


class Link(Protocol):
    """A job's connection with who started it."""

    def tell(self, message: Message) -> None:
        """Say something; from any thread."""
        ...

    def listen(self, hear: Hear) -> None:
        """Have ``hear`` called, in another thread, with all that is said to the job, and was before."""
        ...

    def stand_back(self) -> None:
        """Let everything else on the machine go first, as far as it concerns the calling thread."""
        ...

    def come_forward(self) -> None:
        """The same thread no longer waits for everybody; it is still polite."""
        ...

    def go_on(self, within_s: float) -> None:
        """Say that the job goes on. One that has not said so again after so many seconds stands still for good.

        Its process then writes where it stands, and ends. A thread is let be: a debugger may have halted it.
        """
        ...


@dataclass(frozen=True)
class Job:
    """Work for an engine.

    :param run: a module-level function of ``plan`` and of the link.
    :param plan: its argument; must survive pickling.
    :param cores: cores to keep to; empty leaves it alone.
    :param name: what errors call it.
    :param spools: it generates load, and appends to the file that its plan, a dataclass, has as ``spool``.
    """

    run: Callable[[Any, Link], None]
    plan: Any
    cores: Sequence[int] = ()
    name: str = "load process"
    spools: bool = False


class Crew(Protocol):
    """Jobs that run."""

    ahead_ns: int
    """How far CLOCK_MONOTONIC where load is generated is ahead of ours: 0 on one machine."""

    def heard(self) -> Iterator[tuple[int, Message]]:
        """What the jobs tell, each with the job's number, until all have ended.

        :raises WorkerError: when one dies or raises; with the last lines that it wrote.
        """
        ...

    def say(self, nth: int, message: Message) -> None:
        """Say something to a job; nothing happens where it has ended."""
        ...


class Engine(Protocol):
    """A way to run jobs."""

    def start(self, jobs: Sequence[Job]) -> AbstractContextManager[Crew]:
        """Run ``jobs``, all at once. Those that still run when the context ends are ended with it."""
        ...


class Mailbox:
    """What is said to a job: kept until the job listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Message] = []
        self._hear: Hear = self._kept.append

    def put(self, message: Message) -> None:
        """Hand over a message, or keep it; from any thread."""
        with self._lock:
            self._hear(message)

    def listen(self, hear: Hear) -> None:
        """Hand over what was kept, and from now on all there is."""
        with self._lock:
            for message in self._kept:
                hear(message)
            self._hear = hear


def shown(text: str) -> str:
    """The last lines of what a job wrote."""
    lines = text.splitlines()[-SHOWN_LINES:]
    return "\n".join(f"    | {line}" for line in lines) or "    | (it wrote nothing)"
