"""How the load process waits: to the microsecond for what is due, and not at all for single tokens.

An epoll waits in whole milliseconds, so what is due would go out up to one late. And where the kernel stamps what
arrives, nobody needs to be awake for it: under a stream of tokens the loop looks every millisecond and reads all that
has come, which costs a fraction of waking for each. What is due still goes out in time. The end of a reply is noticed
up to a millisecond later, which a closed loop adds to its users' think time; records tell it (``done_ns`` less the last
arrival).
"""

from __future__ import annotations

import select
import selectors
import time
from collections.abc import Callable

from pytest_fmbench.load.meter import MeteredSelector

PAUSE_S = 0.001
_MANY = 2
_MOST_DESCRIPTORS = 1024
"""The largest that ``select.select`` can watch, and one."""


def never() -> int:
    """No reads: for a loop that must wake for each."""
    return 0


class PatientSelector(MeteredSelector):
    """A metered selector that waits as the load process should.

    :ivar reads_since: how many sockets were read since it was last asked; two or more make a stream of tokens.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reads_since: Callable[[], int] = never

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super()._wait(timeout)
        if self.reads_since() >= _MANY:
            time.sleep(PAUSE_S if timeout is None else min(PAUSE_S, timeout))
        elif timeout is not None and self.fileno() < _MOST_DESCRIPTORS:
            select.select([self.fileno()], [], [], timeout)
        else:
            return super()._wait(timeout)
        return super()._wait(0)
