"""The only file that reads clocks.

Two clocks, never mixed: :func:`monotonic_ns` for every difference (CLOCK_MONOTONIC, so that stamps of
several processes of one machine compare), :func:`wall_iso` for people.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone

NS_PER_S = 1_000_000_000

monotonic_ns = time.monotonic_ns


def wall_iso() -> str:
    """Now, in UTC, as ISO 8601 with milliseconds: for file names and reports, never for arithmetic."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def seconds_to_ns(seconds: float) -> int:
    """Whole nanoseconds nearest to ``seconds``."""
    return round(seconds * NS_PER_S)
