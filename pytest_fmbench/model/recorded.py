"""A workload that was recorded: its requests have times and sizes of their own, and there are only so many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pytest_fmbench.model.finite import Finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Times = NDArray[np.int64]


@runtime_checkable
class Recorded(Finite, Protocol):
    """A finite workload, and when its requests came. Where it begins again, it does so with other words."""

    def times_ns(self) -> Times:
        """When each request came, in ns from the begin, in order.

        :raises UsageError: when what was recorded cannot be read.
        """
        ...

    def tick_ns(self) -> int:
        """How far the times lie apart where they are coarse; 0 where they are not."""
        ...

    def within(self, start_s: float, stop_s: float) -> Recorded:
        """The requests that came in ``[start_s, stop_s)`` seconds from the begin, which is then ``start_s``.

        :raises UsageError: when there is none.
        """
        ...
