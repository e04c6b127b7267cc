"""Which cores the server gets, and which are left to the load."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """Cores of the server and of the load generator; empty means anywhere."""

    server: tuple[int, ...] = ()
    client: tuple[int, ...] = ()


def available() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def place(wanted: int) -> Placement:
    """Give a server its last ``wanted`` cores, if that leaves at least one to the load."""
    if not hasattr(os, "sched_getaffinity"):
        return Placement()
    allowed = sorted(os.sched_getaffinity(0))
    if not 0 < wanted < len(allowed):
        return Placement()
    return Placement(tuple(allowed[-wanted:]), tuple(allowed[:-wanted]))
