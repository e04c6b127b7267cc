"""How late an event loop is for what its sockets bring: the client's own share of an arrival that the loop stamps.

An arrival waits while callbacks run: those of the round of the loop in which it came, then those before its own in
the next. So the two rounds' busy times together bound how much too late it is stamped. Time in which the process
had no core at all is not seen here; the system's run queue delay tells it. What the kernel stamps is not late.
"""

from __future__ import annotations

import selectors

from pytest_fmbench.clock import monotonic_ns
from pytest_fmbench.load.histogram import Histogram


class MeteredSelector(selectors.DefaultSelector):
    """A selector that meters the loop it serves.

    :ivar metering: whether rounds count.
    :ivar late: bounds on how late arrivals were noticed.
    :ivar rounds: how long the loop's rounds were busy.
    """

    def __init__(self) -> None:
        super().__init__()
        self.metering = False
        self.late, self.rounds = Histogram(), Histogram()
        self._woken_ns = 0
        self._events = 0
        self._busy_ns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events; called once a round of the loop."""
        if self._woken_ns:
            self._note(monotonic_ns() - self._woken_ns)
        ready = self._wait(timeout)
        self._woken_ns, self._events = monotonic_ns(), len(ready)
        return ready

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout)

    def _note(self, busy_ns: int) -> None:
        if self.metering:
            if self._events:
                self.late.add(self._busy_ns + busy_ns, self._events)
            self.rounds.add(busy_ns)
        self._busy_ns = busy_ns
