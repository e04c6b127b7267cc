"""Which rate to try next: bracket the capacity, then spend what the wanted precision takes close to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.stats.capacity.combined import Evidence
from pytest_fmbench.stats.capacity.knee import ENOUGH, WIDTHS
from pytest_fmbench.stats.capacity.probes import WARM_UP, Aim, Answer, Budget, Found, Probe, Scale

PRECISION = 0.1
"""Width of the interval that is wanted, as a share of the rate."""

GROW = 1.6
"""Rates of the bracket over those before, until it is one."""

NARROW = 1.25
"""Ratio of the bracket's ends from which curves are fitted."""

FIRST, LEAST = 100, 20
"""Requests of the first probes: the usual number, and the least, where the budget is small."""

MOST = 4_000
"""Requests of a probe; more of them say more than longer ones."""

STEADY = 1_000
"""Requests of a probe near the capacity, where the budget allows it: shorter ones see too little of long queues."""

SMALLEST = 2.0**-10
"""Share of the first rate below which no rate is tried."""

_SPREAD = 0.08
_SIDES = (1.0, -1.0, 0.0)
_PIECES = 5
_PROBES = 40.0
_REACH = 5.0
_TIMES = (0.25, 1.5)


@dataclass(frozen=True)
class Search:
    """A search that goes on: :meth:`next` says what to try, :meth:`after` takes what came of it.

    :param start: the first rate, in requests a second.
    :param confidence: two-sided, of the interval.
    :param precision: the width that is wanted, as a share of the rate.
    :param centre: where the capacity is thought to be; 0 until it is bracketed.
    :param ahead: requests that are to be spent before the interval is looked at.
    :raises UsageError: for a start, precision or confidence that makes no sense.
    """

    aims: Sequence[Aim]
    budget: Budget
    start: float
    confidence: float = 0.95
    precision: float = PRECISION
    answers: tuple[Answer, ...] = ()
    centre: float = 0.0
    ahead: float = 0.0
    over: Found | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.aims:
            raise UsageError("a capacity is the largest rate that holds an SLA; name objectives, as 'ttft.p95 < 2s'")
        if not 0.0 < self.start < math.inf:
            raise UsageError(f"start={self.start!r}: give a positive number of requests a second, or leave it out")
        if not 0.0 < self.precision < 1.0:
            raise UsageError(f"precision={self.precision!r}: give the interval's width as a share of the rate, as 0.1")
        if not 0.5 < self.confidence < 1.0:
            raise UsageError(f"confidence is {self.confidence}; it lies between 0.5 and 1, both excluded")

    def next(self) -> Probe | None:
        """What to try; None at the end."""
        if self.over is not None:
            return None
        rate, requests = self._refining() if self.centre else self._bracketing()
        return Probe(rate, requests, math.ceil(WARM_UP * requests))

    def after(self, answer: Answer) -> Search:
        """The search, knowing ``answer`` too."""
        grown = replace(self, answers=(*self.answers, answer), ahead=self.ahead - answer.requests)
        return grown._ended() or (grown._looked() if grown.centre else grown._bracketed())

    def found(self) -> Found:
        """The capacity, as far as it is known."""
        if self.over is not None:
            return self.over
        return self._evidence.found(self.centre) if self.centre else self._evidence.surely()

    @property
    def _evidence(self) -> Evidence:
        return Evidence(self.aims, self.answers, self.confidence)

    def _ended(self) -> Search | None:
        """The search at its end, where nothing is left of the budget, or no rate is low enough."""
        last = self.answers[-1]
        spent = self.budget.left(self.answers, last.rate) < LEAST
        hopeless = self._evidence.bracket()[1] < SMALLEST * self.start
        return replace(self, over=self.found()) if spent or hopeless else None

    def _bracketing(self) -> tuple[float, int]:
        below, above = self._evidence.bracket()
        if not self.answers:
            return self.start, self._affordable(self.start, self._first(self.start))
        longest = max(one.requests for one in self.answers)
        if math.isinf(above):
            rate = below * GROW
        elif not below:
            rate = above / GROW
        else:
            rate, longest = math.sqrt(below * above), max(longest, 2 * self._first(above))
        return rate, self._affordable(rate, longest)

    def _bracketed(self) -> Search:
        """Refining, if the bracket is narrow."""
        below, above = self._evidence.bracket()
        if not below or above > NARROW * below:
            return self
        return replace(self, centre=math.sqrt(below * above))._looked()

    def _refining(self) -> tuple[float, int]:
        found = self.found()
        counted = found.limiting is not None and self.aims[found.limiting].scale is Scale.COUNT
        side = 0.0 if counted else _SIDES[len(self.answers) % len(_SIDES)]
        rate, last = self.centre * math.exp(_SPREAD * side), max(one.requests for one in self.answers)
        least = min(STEADY, self.budget.left((), rate) / _PROBES)
        return rate, self._affordable(rate, math.ceil(min(max(self.ahead / _PIECES, last, least), MOST)))

    def _looked(self) -> Search:
        """With the centre where it is now thought to be; over, if the interval may be looked at and is narrow."""
        found, (below, above) = self.found(), self._evidence.bracket()
        if math.isinf(found.error) or not below or not below / NARROW <= found.rate <= above * NARROW:
            wide = not below or above > NARROW * below
            return replace(self, centre=0.0 if wide else math.sqrt(below * above), ahead=0.0)
        moved = found.rate
        there = replace(self, centre=moved)
        if self.ahead > 0.0:
            return there
        near = [one for one in self.answers if abs(math.log(one.rate / moved)) < WIDTHS[0]]
        counted = found.limiting is not None and self.aims[found.limiting].scale is Scale.COUNT
        enough = counted or len(near) >= ENOUGH
        if found.width <= self.precision and enough:
            return replace(there, over=replace(found, precise=True))
        have, last = sum(one.requests for one in near), self.answers[-1].requests
        times = (_REACH * found.error / self.precision) ** 2 - 1.0
        ahead = have * min(max(times, _TIMES[0]), _TIMES[1])
        return replace(there, ahead=max(ahead, last * (ENOUGH - len(near)), 1.0))

    def _first(self, rate: float) -> int:
        """Requests of a probe of the bracket: fewer where the budget is small."""
        return int(min(FIRST, max(LEAST, self.budget.left((), rate) / 60.0)))

    def _affordable(self, rate: float, requests: int) -> int:
        """As many of ``requests`` as the budget has, of which no probe takes more than a quarter; LEAST at least."""
        left = self.budget.left(self.answers, rate) / (1.0 + WARM_UP)
        return max(LEAST, int(min(requests, left, max(self.budget.left((), rate) / 8.0, LEAST))))
