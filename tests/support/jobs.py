"""Jobs for load processes; at module level, so that a child can import them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from pytest_fmbench.load.engine import Tell


def echo(plan: object, tell: Tell) -> None:
    print("a stray print")  # must not be taken for a message
    tell({"plan": plan, "pid": os.getpid()})


def cores(plan: object, tell: Tell) -> None:  # noqa: ARG001  # a job takes both
    tell({"cores": sorted(os.sched_getaffinity(0))})


def fail(plan: object, tell: Tell) -> None:  # noqa: ARG001
    raise RuntimeError(str(plan))


def die(plan: object, tell: Tell) -> None:  # noqa: ARG001
    sys.stderr.write("about to go\n")
    sys.stderr.flush()
    os._exit(3)


def wait(plan: object, tell: Tell) -> None:
    """Write the pid to the file ``plan`` and stay."""
    Path(str(plan)).write_text(str(os.getpid()))
    tell({"ready": True})
    time.sleep(600)
