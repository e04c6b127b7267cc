"""Which phase a request belongs to: the one in which it begins."""

from __future__ import annotations

from pytest_fmbench.model.exchange import Phase
from pytest_fmbench.model.measurement import Window

_NOT_KNOWN = 2**63 - 1


class Ledger:
    """Requests that have begun, and the window as far as it is known; by absolute times, so that both always agree.

    :ivar begun: requests that have begun, in all phases.
    :ivar in_window: of those, the window's.
    :ivar open_in_window: of those, the ones that have not ended, and sessions that began in the window likewise.
    :ivar ended: requests that have ended, in all phases.
    """

    def __init__(self) -> None:
        self._begin_ns = self._end_ns = _NOT_KNOWN
        self.begun = self.in_window = self.open_in_window = self.ended = 0

    @property
    def window(self) -> Window:
        """The window, once its end is known."""
        return Window(self._begin_ns, self._end_ns)

    @property
    def end_ns(self) -> int:
        """When the window ends, as far as it is known."""
        return self._end_ns

    def open(self, begin_ns: int, length_ns: int) -> None:
        """The window begins, not before now, and is so long at most."""
        self._begin_ns, self._end_ns = begin_ns, begin_ns + length_ns

    def close(self, end_ns: int) -> None:
        """The window ends, if it has not ended before."""
        self._end_ns = max(self._begin_ns, min(self._end_ns, end_ns))

    def begin(self, begun_ns: int) -> Phase:
        """A request begins."""
        self.begun += 1
        phase = self.begin_session(begun_ns)
        self.in_window += phase is Phase.WINDOW
        return phase

    def end(self, phase: Phase) -> None:
        """A request that began in ``phase`` has ended."""
        self.ended += 1
        self.end_session(phase)

    def begin_session(self, begun_ns: int) -> Phase:
        """A session begins; its requests count when they do."""
        if begun_ns < self._begin_ns:
            return Phase.WARMUP
        if begun_ns >= self._end_ns:
            return Phase.DRAIN
        self.open_in_window += 1
        return Phase.WINDOW

    def end_session(self, phase: Phase) -> None:
        """A session that began in ``phase`` has ended."""
        self.open_in_window -= phase is Phase.WINDOW
