"""The only file that reads clocks.

Two clocks, never mixed: :func:`monotonic_ns` for every difference (CLOCK_MONOTONIC, so that stamps of
several processes of one machine compare), :func:`wall_iso` for people (and :func:`wall_s` for what
outlives a machine). The kernel stamps packets with a third, CLOCK_REALTIME, which :func:`realtime_ahead_ns` translates.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone

NS_PER_S = 1_000_000_000

monotonic_ns = time.monotonic_ns
cpu_ns = time.process_time_ns
"""Time that this process has spent on a core."""

thread_cpu_ns = time.thread_time_ns
"""Time that the calling thread has spent on a core."""

_TIGHT_NS = 2_000
_TRIES = 10


def realtime_ahead_ns() -> int:
    """How far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, in ns, right to a microsecond.

    Read between two readings of the other clock that lie close together, so that losing the core meanwhile does no
    harm; the closest of a few tries where none does.
    """
    width_ns, ahead_ns = _ahead()
    for _ in range(_TRIES):
        if width_ns <= _TIGHT_NS:
            break
        width_ns, ahead_ns = min((width_ns, ahead_ns), _ahead())
    return ahead_ns


def _ahead() -> tuple[int, int]:
    """How long looking took, and what was seen."""
    before_ns, real_ns, after_ns = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
    return after_ns - before_ns, real_ns - (before_ns + after_ns) // 2


def wall_s() -> float:
    """Now, in seconds since the epoch: for what others must tell too, such as when a lease ends. It may step."""
    return time.time()


def wall_iso() -> str:
    """Now, in UTC, as ISO 8601 with milliseconds: for file names and reports, never for arithmetic."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def seconds_to_ns(seconds: float) -> int:
    """Whole nanoseconds nearest to ``seconds``."""
    return round(seconds * NS_PER_S)
