"""How late an event loop is for what its sockets bring: the client's own share of every arrival stamp.

An arrival waits while callbacks run: those of the round of the loop in which it came, then those before its own in
the next. So the two rounds' busy times together bound how much too late it is stamped. Time in which the process
had no core at all is not seen here; the system's run queue delay tells it.
"""

from __future__ import annotations

import selectors
from collections import Counter
from pathlib import Path

from pytest_fmbench.clock import monotonic_ns

_STEPS = 8
"""Buckets in each doubling, so that a bound read off the histogram is at most an eighth too high."""


class MeteredSelector(selectors.DefaultSelector):
    """A selector that meters the loop it serves."""

    def __init__(self) -> None:
        super().__init__()
        self.metering = False
        self._histogram: Counter[int] = Counter()
        self._woken_ns = 0
        self._events = 0
        self._busy_ns = 0
        self.longest_ns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; called once a round of the loop."""
        if self._woken_ns:
            self._note(monotonic_ns() - self._woken_ns)
        ready = self._wait(timeout)
        self._woken_ns, self._events = monotonic_ns(), len(ready)
        return ready

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout)

    def bound_ns(self, share: float) -> int:
        """A bound on the lateness of ``share`` of all arrivals; 0 when there were none."""
        total, seen = self._histogram.total(), 0
        for bucket in sorted(self._histogram):
            seen += self._histogram[bucket]
            if seen >= share * total:
                return _upper_edge(bucket)
        return 0

    def _note(self, busy_ns: int) -> None:
        if self.metering:
            late_ns = self._busy_ns + busy_ns
            if self._events:
                self._histogram[_bucket(late_ns)] += self._events
            self.longest_ns = max(self.longest_ns, busy_ns)
        self._busy_ns = busy_ns


def _bucket(value: int) -> int:
    """Eight buckets in each doubling; monotonic in ``value``."""
    exponent = max(0, value.bit_length() - 4)
    return exponent * _STEPS + (value >> exponent)


def _upper_edge(bucket: int) -> int:
    """The largest value that falls into ``bucket``."""
    exponent = max(0, (bucket - _STEPS) // _STEPS)
    return ((bucket - exponent * _STEPS + 1) << exponent) - 1


def run_queue_delay_ns() -> int | None:
    """How long this process has waited for a core so far, in ns; None where the system does not say (not Linux)."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
