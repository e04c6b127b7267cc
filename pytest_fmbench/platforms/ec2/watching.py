"""Whether something still serves, asked often and looked up seldom."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.errors import CloudFault
from pytest_fmbench.platforms.base import Progress

_EVERY_NS, _STALE_NS = seconds_to_ns(5.0), seconds_to_ns(30.0)


class Watch:
    """Asked in the middle of a run it answers at once, with what a look beside it saw some seconds ago.

    Only who has not asked for half a minute, as between two cases, waits for a look of his own.

    :param look: tells why it serves no more, or None; its faults say nothing of the server, and are told once.
    """

    def __init__(self, look: Callable[[], str | None], progress: Progress) -> None:
        self._look, self._progress = look, progress
        self._failure: str | None = None
        self._seen_ns = monotonic_ns()
        self._told = False
        self._beside: threading.Thread | None = None

    def failure(self) -> str | None:
        """Why it serves no more, once that was seen; it stays so."""
        age_ns = monotonic_ns() - self._seen_ns
        if self._failure is not None or (self._beside is not None and self._beside.is_alive()):
            return self._failure
        if age_ns > _STALE_NS:
            self._see()
        elif age_ns > _EVERY_NS:
            self._beside = threading.Thread(target=self._see, name="fmbench-watch", daemon=True)
            self._beside.start()
        return self._failure

    def failure_now(self) -> str | None:
        """The same, by a look of the caller's own, who waits for it."""
        self.settle()
        if self._failure is None:
            self._see()
        return self._failure

    def settle(self) -> None:
        """Wait for the look that is being taken, if there is one."""
        if self._beside is not None:
            self._beside.join()

    def _see(self) -> None:
        try:
            self._failure = self._look()
        except CloudFault as error:
            if not self._told:
                self._progress(f"it cannot be seen whether the server is still there: {error}")
            self._told = True
        self._seen_ns = monotonic_ns()
