"""A server that can do only so much at once: what comes beyond that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapreplace

from pytest_fmbench.clock import NS_PER_S, monotonic_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.steps import Pause, Script, Step, Write


@dataclass
class Limited:
    """A script with so many places; first come, first served. Made by :func:`limited`.

    When a place is free again follows from the steps alone, so that a late write delays no other request.
    """

    script: Script
    slots: int
    _free_ns: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._free_ns = [0] * self.slots

    def __call__(self, asked: Asked) -> Sequence[Step]:
        """The script's steps, after a wait for a place; GET requests, such as ready checks, need none."""
        steps = list(self.script(asked))
        if asked.method == "GET":
            return steps
        now_ns = monotonic_ns()
        begin_ns = max(now_ns, self._free_ns[0])
        heapreplace(self._free_ns, begin_ns + round(_length_s(steps) * NS_PER_S))
        wait_ns = begin_ns - now_ns
        return [Pause(wait_ns / NS_PER_S), *steps] if wait_ns else steps


def limited(script: Script, slots: int) -> Limited:
    """``script`` for ``slots`` requests at once: M/M/c where a reply is one token, after an exponential time.

    :raises UsageError: for less than one place.
    """
    if slots < 1:
        raise UsageError(f"limited(..., slots={slots!r}): a server needs a place at least")
    return Limited(script, slots)


def _length_s(steps: Sequence[Step]) -> float:
    """From the first step to the last, in seconds."""
    paused_s = sum(step.seconds for step in steps if isinstance(step, Pause))
    return paused_s + max((step.at_s or 0.0 for step in steps if isinstance(step, Write)), default=0.0)
