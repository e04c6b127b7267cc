"""A process of its own for the load: pinned away from the server, and gone when we are.

The parent sends one pickled job on the child's standard input and keeps that pipe open: it is the lifeline,
whose end of file tells the child that its parent is gone, however it went. The child answers with lines of
JSON on its standard output.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from pytest_fmbench.errors import WorkerError

Message = Mapping[str, Any]
Tell = Callable[[Message], None]

_STOP_S = 5.0
_SHOWN_LINES = 20


@dataclass(frozen=True)
class Job:
    """Work for a load process.

    :param run: a module-level function of ``plan`` and of a function that sends messages to the parent.
    :param plan: its argument; must survive pickling.
    :param cores: cores to keep to; empty leaves it alone.
    """

    run: Callable[[Any, Tell], None]
    plan: Any
    cores: Sequence[int] = ()


def run_in_process(job: Job, on_message: Callable[[Message], None]) -> None:
    """Run ``job`` in a process of its own, until it ends. An exception of ``on_message`` ends the process too.

    :raises WorkerError: when the process dies or raises; with the last lines that it wrote.
    """
    with tempfile.TemporaryFile() as log, _child(log) as child:
        try:
            _hand_over(child, job)
            for line in cast("BinaryIO", child.stdout):
                on_message(json.loads(line))
            status = child.wait()
        except BrokenPipeError:
            status = child.wait()
        if status != 0:
            raise WorkerError(f"the load process ended with status {status}\n{_tail(log)}")


@contextmanager
def _child(log: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "pytest_fmbench.load.child"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    try:
        yield child
    finally:
        cast("BinaryIO", child.stdin).close()
        try:
            child.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        cast("BinaryIO", child.stdout).close()


def _hand_over(child: subprocess.Popen[bytes], job: Job) -> None:
    stdin = cast("BinaryIO", child.stdin)
    parcel = pickle.dumps((list(sys.path), pickle.dumps(job)))
    stdin.write(len(parcel).to_bytes(8, "big") + parcel)
    stdin.flush()


def _tail(log: BinaryIO) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").splitlines()[-_SHOWN_LINES:]
    return "\n".join(f"    | {line}" for line in lines) or "    | (it wrote nothing)"
