"""Many durations in little space."""

from __future__ import annotations

from collections import Counter

_STEPS = 8
"""Buckets in each doubling, so that a bound read off the histogram is at most an eighth too high."""


class Histogram:
    """Counts durations in ns.

    :ivar longest_ns: the longest so far.
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self.longest_ns = 0

    def add(self, duration_ns: int, times: int = 1) -> None:
        """Count one, or several of the same length."""
        self._counts[bucket_of(duration_ns)] += times
        self.longest_ns = max(self.longest_ns, duration_ns)

    def bound_ns(self, share: float) -> int:
        """A bound on ``share`` of them; 0 when there were none."""
        total, seen = self._counts.total(), 0
        for bucket in sorted(self._counts):
            seen += self._counts[bucket]
            if seen >= share * total:
                return upper_edge(bucket)
        return 0


def bucket_of(value: int) -> int:
    """Eight buckets in each doubling; monotonic in ``value``."""
    exponent = max(0, value.bit_length() - 4)
    return exponent * _STEPS + (value >> exponent)


def upper_edge(bucket: int) -> int:
    """The largest value that falls into ``bucket``."""
    exponent = max(0, (bucket - _STEPS) // _STEPS)
    return ((bucket - exponent * _STEPS + 1) << exponent) - 1
