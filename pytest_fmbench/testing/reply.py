"""A request that is being answered: its steps, and what was truly written."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from pytest_fmbench.clock import monotonic_ns, seconds_to_ns
from pytest_fmbench.testing.steps import Close, Pause, Reset, Step, Write
from pytest_fmbench.testing.truth import Truth

_FIELDS = 4


class Reply:
    """The steps for one request, and the times of its token writes in one flat array, so that objects stay few.

    :param last: whether the client wants no other request on this connection.
    """

    __slots__ = ("_due_ns", "_origin_ns", "_read_ns", "_request_id", "_steps", "_writes", "complete", "ended", "last")

    def __init__(self, request_id: str, steps: Iterable[Step], last: bool, read_ns: int) -> None:
        self._request_id, self._read_ns = request_id, read_ns
        self._steps: Iterator[Step] = iter(steps)
        self._origin_ns = self._due_ns = read_ns
        self._writes = array("q")  # due, begin, end, tokens; due, begin, ...
        self.complete, self.ended, self.last = False, False, last

    @property
    def due_ns(self) -> int:
        """When the step that :meth:`next` gave is due."""
        return self._due_ns

    def next(self) -> Write | Reset | Close | None:
        """The next step but pauses, which only move it; None at the end."""
        for step in self._steps:
            if not isinstance(step, Pause):
                if isinstance(step, Write) and step.at_s is not None:
                    self._due_ns = max(self._due_ns, self._origin_ns + seconds_to_ns(step.at_s))
                return step
            paused_ns = seconds_to_ns(step.seconds)
            self._origin_ns += paused_ns
            self._due_ns += paused_ns
        return None

    def note(self, write: Write, begin_ns: int) -> None:
        """Keep that ``write`` began then and ends now."""
        if write.tokens:
            keep = self._writes.append
            keep(self._due_ns)
            keep(begin_ns)
            keep(monotonic_ns())
            keep(write.tokens)

    def held_up(self) -> None:
        """The client made room only now; what follows could not be due before."""
        self._due_ns = max(self._due_ns, monotonic_ns())

    def finish(self, complete: bool) -> None:
        """Nothing more is written; let go of the steps."""
        self.complete, self.ended, self._steps = complete, True, iter(())

    def truth(self) -> Truth:
        """What was written so far."""
        due, begin, end, tokens = (self._writes[at::_FIELDS] for at in range(_FIELDS))
        return Truth(self._request_id, self._read_ns, due, begin, end, tokens, self.complete)
