"""Runs a command once its standard input ends: ``python afterwards.py COMMAND ...``.

Whoever starts it holds the other end, so the command runs however he goes, even by SIGKILL. It is meant to be in a
session of its own, where signals to those around it do not reach it. What cannot be done it says on standard output.

Imports nothing of the package: it must start at once and keep working whatever happens to the rest.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

_DONE_ALREADY = ("no such container", "already in progress")
"""What runtimes say where a container is gone, or is just being removed."""


def main() -> int:
    """Wait, then run the command; returns 0, as all that it has to do is done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 1):
        pass
    carry_out(sys.argv[1:])
    return 0


def carry_out(command: list[str]) -> None:
    """Run ``command``; says what went wrong, unless there was nothing left to do."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    told = done.stderr.strip()
    if done.returncode and not any(words in told.lower() for words in _DONE_ALREADY):
        print(f"{' '.join(command)} failed with status {done.returncode}: {told}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
