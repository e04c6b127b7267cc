"""When the first so many requests of a window have all ended, so that they can be looked at.

Those that merely happen to have ended are the fast ones; a look at them would see a better server than there is.
"""

from __future__ import annotations

import math
from array import array

import numpy as np

from pytest_fmbench.model.exchange import Exchange, Phase
from pytest_fmbench.stats.looks import FIRST, GROWTH


class Lookout:
    """Says when to look: at ever larger numbers of requests, each by half of a doubling."""

    def __init__(self, workers: int) -> None:
        self._settled_ns = [0] * workers
        self._begun: array[int] = array("q")
        self._next = FIRST

    def note(self, exchange: Exchange) -> None:
        """An exchange has been taken from its worker's spool."""
        if exchange.settled_ns:
            self._settled_ns[exchange.worker] = exchange.settled_ns
        if exchange.ticket.phase is Phase.WINDOW:
            self._begun.append(exchange.ticket.begun_ns)

    def due(self) -> tuple[int, int] | None:
        """How many requests of the window can be looked at, and that they began before when, in ns; None if too few."""
        if len(self._begun) < self._next:
            return None
        settled_ns = min(self._settled_ns)
        requests = int(np.count_nonzero(np.asarray(self._begun) < settled_ns))
        if requests < self._next:
            return None
        self._next = math.ceil(requests * GROWTH)
        return requests, settled_ns
