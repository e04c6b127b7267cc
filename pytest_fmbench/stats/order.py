"""Order statistics on demand."""

from __future__ import annotations

from bisect import bisect_left, insort

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.series import BLOCK

_PARTS = 32


class Order:
    """A copy of samples that is sorted only where it is looked at: to sort 64 million wholly takes seconds more.

    Up to a million samples it is sorted at once.
    """

    def __init__(self, samples: Floats) -> None:
        """Copy ``samples``, one or more."""
        self._values, self._fixed = samples.copy(), [-1, samples.size]
        if samples.size <= BLOCK:
            self._values.sort()
        else:
            self._fixed[1:1] = [samples.size * part // _PARTS for part in range(1, _PARTS)]
            self._values.partition(self._fixed[1:-1])

    def at(self, rank: int) -> float:
        """The value that ``rank`` samples precede."""
        if self._values.size > BLOCK:
            self._fix(rank)
        return float(self._values[rank])

    def _fix(self, rank: int) -> None:
        place = bisect_left(self._fixed, rank)
        if self._fixed[place] != rank:
            start = self._fixed[place - 1] + 1
            self._values[start : self._fixed[place]].partition(rank - start)
            insort(self._fixed, rank)
