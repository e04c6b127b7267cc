"""Requests that are due at one time, as in a trace whose times are coarse: all are prepared before any is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

MOST = 64
"""Requests that are prepared at once; more would be held in memory, and begun no sooner."""


class Burst(NamedTuple):
    """So many requests at one time."""

    offset_ns: int
    requests: int


def bursts(offsets: Iterable[int]) -> Iterator[Burst]:
    """``offsets``, which are in order, with those that are the same taken together, up to :data:`MOST`."""
    burst: Burst | None = None
    for offset_ns in offsets:
        if burst is not None and offset_ns == burst.offset_ns and burst.requests < MOST:
            burst = Burst(offset_ns, burst.requests + 1)
            continue
        if burst is not None:
            yield burst
        burst = Burst(offset_ns, 1)
    if burst is not None:
        yield burst
