"""How the load process waits: to the microsecond for what is due, and not at all for single tokens.

An epoll waits in whole milliseconds, so what is due would go out up to one late. And where the kernel stamps what
arrives, nobody needs to be awake for it: under a stream of tokens the loop looks every millisecond or two and reads all
that has come, which costs a fraction of waking for each. What is due still goes out in time. The end of a reply is
noticed that much later, which a closed loop adds to its users' think time; records tell it (``done_ns`` less the last
arrival).
"""

from __future__ import annotations

import select
import selectors
import time
from collections.abc import Callable

from pytest_fmbench.load.meter import MeteredSelector

_SOON_S, _SHORT_S = 0.01, 0.001
"""When something is due so soon, looks are no farther apart than this, so that none lasts long."""
_ROUNDS = 2
"""Of the loop that are for what is due, since what has arrived has its stamp: it takes three from timer to send."""
_MOST_DESCRIPTORS = 1024
"""The largest that ``select.select`` can watch, and one."""


def never() -> float:
    """No pause: for a loop that must wake for each."""
    return 0.0


class PatientSelector(MeteredSelector):
    """A metered selector that waits as the load process should.

    :ivar pause_s: asked before each wait: how long nobody need be awake for what arrives, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pause_s: Callable[[], float] = never
        self._rounds_left = 0

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            if not self._rounds_left:
                return super()._wait(timeout)
            self._rounds_left -= 1
            return []
        pause_s = self.pause_s()
        if timeout is not None and timeout < _SOON_S:
            pause_s = min(pause_s, _SHORT_S)
        if pause_s and timeout is not None and timeout <= pause_s:
            time.sleep(timeout)
            self._rounds_left = _ROUNDS
            return []
        if pause_s:
            time.sleep(pause_s)
        elif timeout is not None and self.fileno() < _MOST_DESCRIPTORS:
            select.select([self.fileno()], [], [], timeout)
        else:
            return super()._wait(timeout)
        return super()._wait(0)
