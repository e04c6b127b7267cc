"""The load process itself: ``python -m pytest_fmbench.load.child``. See :mod:`pytest_fmbench.load.engine`."""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
from typing import BinaryIO

from pytest_fmbench.load.engine import Job, Message


def main() -> None:
    """Take a job from standard input, run it, and die with the parent."""
    stdin, answers = sys.stdin.buffer, os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not look like a message
    job = _receive(stdin)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if job.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, job.cores)

    def tell(message: Message) -> None:
        os.write(answers, json.dumps(message).encode() + b"\n")

    job.run(job.plan, tell)


def _receive(stdin: BinaryIO) -> Job:
    size = int.from_bytes(stdin.read(8), "big")
    path, packed = pickle.loads(stdin.read(size))  # noqa: S301  # from our parent, through a pipe that it made
    sys.path[:] = path
    job = pickle.loads(packed)  # noqa: S301  # likewise; apart, because it may need the parent's import path
    if not isinstance(job, Job):
        raise TypeError(f"expected a Job, got {type(job).__name__}")
    return job


def _die_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # returns at end of file: the parent closed the pipe or died
    os._exit(0)


if __name__ == "__main__":
    main()
