"""Looking at processes from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 20.0
"""For what must happen soon, on a machine that may be busy."""


def eventually(condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
    """Whether ``condition`` comes true while we have patience."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def pid_in(path: Path) -> int:
    """The process id in a file that is being written."""
    if not eventually(lambda: path.exists() and path.read_text().strip().isdigit()):
        raise TimeoutError(f"no process id in {path}")
    return int(path.read_text())


def child_of(parent: int, script: str) -> int:
    """The child of ``parent`` that is a Python which runs ``script``; looks into /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text().split("\0")
            its_parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended while we looked
        runs = next((word for word in words[1:] if not word.startswith("-")), "")
        if its_parent == parent and runs.endswith(script):
            return int(process.name)
    raise LookupError(f"{parent} runs no {script}")


def is_held(pid: int) -> bool:
    """Whether a signal keeps a process still; looks into /proc."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
