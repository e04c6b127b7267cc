"""What keeps Python and its neighbours out of a measurement's way."""

from __future__ import annotations

import ctypes
import errno
import gc
import os
import platform
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
"""The system call's number: the C library has none of that name before 2.41."""
_ATTRIBUTES = struct.Struct("=IIQiIQQQ")
"""``struct sched_attr``: size, policy, flags, nice, priority, runtime (the slice), deadline, period."""
_SLICE_NS = 100_000
"""The shortest that Linux grants."""
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
    """Have the core before others who want it, where the system lets us: a measurement takes little, but in time.

    Linux lets who runs end his slice, whatever wakes meanwhile, unless the slice that the other asks for is shorter
    (6.12 or later): so we ask for a short one.
    """
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _FIRST)
    with suppress(AttributeError, OSError):
        _ask_for_slices(_SLICE_NS)


def _ask_for_slices(slice_ns: int) -> None:
    """Have the calling thread scheduled in slices of this length; earlier kernels take no note of it.

    Source: https://man7.org/linux/man-pages/man2/sched_setattr.2.html; ``Documentation/scheduler/sched-eevdf.rst``.

    :raises OSError: when the system does not let us, or is not Linux.
    """
    number = _SCHED_SETATTR.get(platform.machine()) if sys.platform == "linux" else None
    if number is None:
        raise OSError(errno.ENOSYS, "no sched_setattr that we know of")
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    attributes = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, slice_ns, 0, 0)
    if ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), 0, attributes, 0) != 0:
        raise OSError(ctypes.get_errno(), "sched_setattr")


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
