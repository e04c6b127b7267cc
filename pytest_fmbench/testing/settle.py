"""What a process does before it serves or is served by many at once."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Sequence
from contextlib import suppress

_FILES = 1 << 16


def settle(cores: Sequence[int] = ()) -> None:
    """Keep to these cores, never collect garbage, and open as many connections as the system lets us."""
    if cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    _raise_limit()
    gc.collect()
    gc.freeze()
    gc.disable()


def _raise_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    with suppress(ValueError, OSError):  # macOS allows fewer than it says; what there is has to do
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
