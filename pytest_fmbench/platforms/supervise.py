"""Runs one command and dies with its parent, taking the command along: ``python supervise.py -- COMMAND ...``.

Standard input is the lifeline: the parent holds the other end, so its end of file means that the parent
closed it or is gone, even by SIGKILL. Then the command's process group gets SIGTERM and, after a grace period,
SIGKILL. Should this process itself be killed, the kernel kills the command (Linux). What the parent writes there
holds the command's group still, without a share of any core, and lets it go on.

Where the command is only the client of what it starts, such as a container, that is not enough: ``--afterwards`` names
a command that ends the rest. A process of its own runs it once this one is gone, however it went: ``afterwards.py``.

Imports nothing of the package: it must start at once and keep working whatever happens to the rest.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

GRACE_S = 5.0
HOLD, GO_ON = b"h", b"g"
"""What the parent writes into the lifeline."""
_PR_SET_PDEATHSIG = 1
_ORDERS = {HOLD: signal.SIGSTOP, GO_ON: signal.SIGCONT}


def main() -> int:
    """Run the command after ``--``; returns its exit status, 128 + n for signal n."""
    arguments, command = _split(sys.argv[1:])
    over = threading.Event()
    watcher = _watcher(arguments.afterwards)  # before the command, so that it never runs unwatched
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: _prepare(arguments.cores),  # noqa: PLW1509  # there are no threads yet
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    for ending in (child.wait, lambda: _obey(child)):  # it ended; the parent is gone
        threading.Thread(target=_then_set, args=(ending, over), daemon=True).start()
    over.wait()
    _end(child)
    status = child.wait()
    if watcher and _let_go(watcher) != 0:  # somebody killed it before it was needed
        _let_go(_watcher(arguments.afterwards))
    return 128 - status if status < 0 else status


def _split(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description="run a command that dies with its parent")
    parser.add_argument("--cores", type=lambda text: {int(core) for core in text.split(",")}, help="pin it to these")
    parser.add_argument("--afterwards", type=json.loads, help="command to run once it is over, a JSON array")
    at = words.index("--")
    return parser.parse_args(words[:at]), words[at + 1 :]


def _watcher(command: list[str] | None) -> subprocess.Popen[bytes] | None:
    """Runs ``command`` when we let it go, or are gone; in a session of its own, so that no signal to ours ends it."""
    if not command:
        return None
    waiting = [sys.executable, str(Path(__file__).with_name("afterwards.py")), *command]
    return subprocess.Popen(waiting, stdin=subprocess.PIPE, start_new_session=True)


def _let_go(watcher: subprocess.Popen[bytes] | None) -> int:
    """Have it do its work; returns its status when that is done."""
    if watcher is None or watcher.stdin is None:
        return 0
    watcher.stdin.close()
    return watcher.wait()


def _prepare(cores: set[int] | None) -> None:
    """In the child, before the command: pin it, and let the kernel kill it should this process be killed."""
    if cores:
        os.sched_setaffinity(0, cores)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _obey(child: subprocess.Popen[bytes]) -> None:
    """Do as the parent says, until it is gone."""
    while word := os.read(sys.stdin.fileno(), 1):
        _signal(child, _ORDERS[word])


def _then_set(wait: Callable[[], object], over: threading.Event) -> None:
    try:
        wait()
    finally:
        over.set()


def _end(child: subprocess.Popen[bytes]) -> None:
    _signal(child, signal.SIGTERM)
    _signal(child, signal.SIGCONT)  # what is held still would not see that it is to end
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    _signal(child, signal.SIGKILL)  # what the command left behind in its group goes too


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # the group is gone already, which is what was wanted
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(main())
