"""What keeps Python and its neighbours out of a measurement's way."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_LOWEST, _POLITE, _FIRST = 19, 10, -10
"""Nice values. Of a core that others want all of, the second has a tenth and the last nine tenths."""


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile.

    The collector, walking a growing heap, is the largest error that a Python load generator makes. What a run makes
    holds no cycles, so reference counts free it.
    """
    collecting = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if collecting:
            gc.enable()


def keep_to(cores: Sequence[int]) -> None:
    """Keep the calling thread, and those that it starts, to ``cores``; anywhere where there are none or no way to."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def go_first() -> None:
    """Have the core before others who want it, where the system lets us: a measurement takes little, but in time."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _FIRST)


def wake_promptly() -> None:
    """Have the process's first thread woken when it asked to be, where Linux would add up to 50 us to save energy.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_timerslack_ns.5.html
    """
    with suppress(OSError):  # not Linux, or not allowed: it is woken a little later
        Path("/proc/self/timerslack_ns").write_text("1")


def stand_back() -> None:
    """Let everybody else go first: the calling thread on Linux, all of the process elsewhere, and there for good."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _POLITE)  # for when it comes forward
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):  # there is no such class, or it is not for us
        os.nice(_LOWEST)


def come_forward() -> None:
    """Take a small share of the core even where others want all of it, after :func:`stand_back`."""
    with suppress(AttributeError, OSError):  # it never stood so far back
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
