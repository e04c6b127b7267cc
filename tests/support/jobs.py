"""Jobs for engines; at module level, so that a child can import them."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from pytest_fmbench.load.engine import QUIT, Link, Message
from pytest_fmbench.model.endpoint import Endpoint


def echo(plan: object, link: Link) -> None:
    print("a stray print")  # must not be taken for a message
    link.tell({"plan": plan, "pid": os.getpid(), "thread": threading.get_ident(), "collects": gc.isenabled()})


def cores(plan: object, link: Link) -> None:  # noqa: ARG001  # a job takes both
    link.tell({"cores": sorted(os.sched_getaffinity(0))})


def aside(plan: object, link: Link) -> None:  # noqa: ARG001
    """Tell how a thread that stands back is scheduled, how the others are, and how it is once it comes forward."""
    with ThreadPoolExecutor(1, initializer=link.stand_back) as executor:
        found = executor.submit(os.sched_getscheduler, 0).result()
        executor.submit(link.come_forward).result()
        forward = executor.submit(lambda: (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))).result()
    link.tell({"aside": found, "others": os.sched_getscheduler(0), "forward": forward})


def priority(plan: object, link: Link) -> None:  # noqa: ARG001
    """Tell the nice value of the job's own thread, and its slice where the kernel tells that."""
    told = Path("/proc/self/sched")
    lines = told.read_text().splitlines() if told.exists() else []
    slices = [int(line.split(":")[1]) for line in lines if line.startswith("se.slice")]
    link.tell({"nice": os.getpriority(os.PRIO_PROCESS, 0), "slices_ns": slices})


def converse(plan: object, link: Link) -> None:
    """Answer everything with the same and ``plan``, until told to quit."""
    said: SimpleQueue[Message] = SimpleQueue()
    link.tell({"event": "here"})
    link.listen(said.put)
    while (message := said.get())["event"] != QUIT:
        link.tell({"event": message["event"], "plan": plan})


def long_words(plan: int, link: Link) -> None:
    """Tell more than a pipe holds at once."""
    link.tell({"words": "x" * plan})


def fail(plan: object, link: Link) -> None:  # noqa: ARG001
    raise RuntimeError(str(plan))


def leave(plan: object, link: Link) -> None:  # noqa: ARG001
    os._exit(0)


def die(plan: object, link: Link) -> None:  # noqa: ARG001
    sys.stderr.write("about to go\n")
    sys.stderr.flush()
    os._exit(3)


def stand_still(plan: object, link: Link) -> None:  # noqa: ARG001
    """Go on three times, and then no more."""
    for _ in range(3):
        link.go_on(0.5)
        time.sleep(0.01)
    link.tell({"event": "went on"})
    time.sleep(600)


def go_on(plan: object, link: Link) -> None:  # noqa: ARG001
    """Go on, and come to an end long before anybody would wonder."""
    link.go_on(600)


def wait(plan: object, link: Link) -> None:
    """Write the pid to the file ``plan`` and stay."""
    Path(str(plan)).write_text(str(os.getpid()))
    link.tell({"ready": True})
    time.sleep(600)


@dataclass(frozen=True)
class Spooling:
    """The plan of a job that spools.

    :param pieces: what it appends, one after the other.
    """

    spool: Path
    pieces: tuple[bytes, ...] = ()


def spool(plan: Spooling, link: Link) -> None:
    """Append each piece and tell of it; then answer what is said with the time here, until told to quit."""
    said: SimpleQueue[Message] = SimpleQueue()
    link.listen(said.put)
    for piece in plan.pieces:
        with plan.spool.open("ab") as file:
            file.write(piece)
        link.tell({"event": "appended", "size": plan.spool.stat().st_size})
    link.tell({"event": "ready", "pid": os.getpid(), "folder": str(plan.spool.parent)})
    while (message := said.get())["event"] != QUIT:
        link.tell({"event": "heard", "at_ns": message["at_ns"], "now_ns": time.monotonic_ns()})


@dataclass(frozen=True)
class Asking:
    """The plan of a job that asks a server."""

    spool: Path
    endpoint: Endpoint


def ask(plan: Asking, link: Link) -> None:
    """Spool a word, and tell which server would be asked, signed by which profile."""
    with plan.spool.open("ab") as file:
        file.write(b"here")
    signing = plan.endpoint.signing
    profile = None if signing is None else signing.profile
    link.tell({"event": "asked", "base_url": plan.endpoint.base_url, "profile": profile})
