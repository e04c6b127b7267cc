"""Which rate to try next: bracket the capacity, then spend what the wanted precision takes close to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.stats.capacity.combined import FITTED, Evidence
from pytest_fmbench.stats.capacity.knee import ENOUGH, WIDTHS
from pytest_fmbench.stats.capacity.probes import WARM_UP, Aim, Answer, Budget, Found, Probe, Scale

PRECISION = 0.1
"""Width of the interval that is wanted, as a share of the rate."""

FIRST, LEAST, STEADY, MOST = 100, 20, 1_000, 4_000
"""Requests of a probe: at first, where the budget is small, near the capacity, and at most.

Near the capacity, shorter ones see too little of long queues; and more probes say more than longer ones.
"""

LIVES = 8.0
"""Times a request that is alone that a window should last: shorter ones end before requests meet each other."""

GROW, NARROW = 1.6, 1.25
"""Rates of the bracket over those before, until it is one; and its ends' ratio from which curves are fitted."""

_SIDES = (0.08, -0.08, 0.0)
"""Where the next probe lies beside the centre, in log(rate): far enough apart to show how steep the curve is.

As for the usual precision. Probes lie further off, and those further off count, where less is wanted; and up to
``_WIDEST`` times as far while less is known.
"""

_WIDEST = 1.5

_DEEPEST = 1_000.0
_PIECES = 5.0
_PROBES_OF_BUDGET = 40.0
_FIRST_OF_BUDGET = 60.0
_LARGEST_OF_BUDGET = 20.0
_LONGEST_OF_BUDGET = 8.0
_REACH = 5.0
_MORE = (0.25, 1.5)


@dataclass(frozen=True)
class Search:
    """A search that goes on: :meth:`next` says what to try, :meth:`after` takes what came of it.

    :param start: the first rate, in requests a second.
    :param confidence: two-sided, of the interval.
    :param precision: the width that is wanted, as a share of the rate.
    :param floor: a rate so low that no request meets another; None is a thousandth of the first. No lower one is tried.
    :param least_s: seconds that a window lasts at least, because to begin one takes time too.
    :param centre: where the capacity is thought to be; 0 until it is bracketed.
    :param ahead: requests that are to be spent before the interval is looked at.
    :raises UsageError: for no aim, and for a start, precision or confidence that makes no sense.
    """

    aims: Sequence[Aim]
    budget: Budget
    start: float
    confidence: float = 0.95
    precision: float = PRECISION
    floor: float | None = None
    least_s: float = 0.0
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
        requests = self._affordable(rate, requests)
        return Probe(rate, requests, math.ceil(WARM_UP * requests))

    def after(self, answer: Answer) -> Search:
        """The search, knowing ``answer`` too."""
        return replace(self, answers=(*self.answers, answer), ahead=self.ahead - answer.requests).settled()

    def settled(self) -> Search:
        """The same with what follows from the last answer: whether it is over, where the centre is, when to look."""
        below, above = self._evidence.bracket()
        if above <= self._lowest:
            return replace(self, over=replace(self._evidence.surely(), rate=0.0, low=0.0))
        if self.spent:
            return replace(self, over=self.found())
        centre = self.centre
        if not centre and below and above <= NARROW * below:
            centre = math.sqrt(below * above)
        return self._looked(centre, below, above) if centre else self

    def found(self) -> Found:
        """The capacity, as far as it is known."""
        if self.over is not None:
            return self.over
        return self._evidence.found(self.centre) if self.centre else self._evidence.surely()

    def held(self, risk: float) -> float:
        """A rate that is kept but for ``risk``, one-sided: the low end of the curve's interval; 0 where none is known.

        Where there is no curve yet, or it has no low end, what single probes say surely: their risk is a part of that
        of ``confidence``, and has to be within ``risk`` beside a curve.
        """
        if not self.centre or (self.over is not None and not self.over.rate):
            return self.found().low
        fitted = [replace(one, sure=()) for one in self.answers]  # so that the whole risk is the curve's
        low = Evidence(self.aims, fitted, 1.0 - 2.0 * risk, self._breadth).found(self.centre).low
        of_probes = (1.0 - FITTED) * (1.0 - self.confidence) / 2.0
        return low if low or of_probes > risk else self._evidence.surely().low

    @property
    def spent(self) -> bool:
        """Whether the budget has no probe left."""
        return self.left(self.answers[-1].rate if self.answers else self.start) < LEAST

    def left(self, rate: float) -> float:
        """Requests that may still be spent at ``rate``."""
        return self.budget.left(self.answers, rate)

    @property
    def _evidence(self) -> Evidence:
        return Evidence(self.aims, self.answers, self.confidence, self._breadth)

    @property
    def _breadth(self) -> float:
        return min(max(self.precision / PRECISION, 1.0), _WIDEST)

    @property
    def _lowest(self) -> float:
        return self.start / _DEEPEST if self.floor is None else self.floor

    def _bracketing(self) -> tuple[float, float]:
        if not self.answers:
            return self.start, self._first(self.start)
        (below, above), longest = self._evidence.bracket(), max(one.requests for one in self.answers)
        if math.isinf(above):
            return below * GROW, longest
        if not below:
            return max(above / GROW, self._lowest), longest
        return math.sqrt(below * above), max(longest, 2 * self._first(above))

    def _refining(self) -> tuple[float, float]:
        found, longest = self.found(), max(one.requests for one in self.answers)
        if found.piles_up:
            return self.centre, min(2 * longest, MOST)  # longer windows show smaller backlogs
        wide = min(max(_REACH * found.error / PRECISION, self._breadth), _WIDEST)
        side = 0.0 if self._counts(found) else wide * _SIDES[len(self.answers) % len(_SIDES)]
        rate = self.centre * math.exp(side)
        least = min(STEADY, self._whole(rate) / _PROBES_OF_BUDGET)
        return rate, min(max(self.ahead / _PIECES, longest, least), MOST)

    def _looked(self, centre: float, below: float, above: float) -> Search:
        """With the centre where it is now thought to be; over, if it is time to look and the interval is narrow."""
        found = self._evidence.found(centre)
        within = below / NARROW <= found.rate <= above * NARROW or found.piles_up
        astray = math.isinf(found.error) or not within
        if astray or not below:
            wide = not below or above > NARROW * below
            return replace(self, centre=0.0 if wide else math.sqrt(below * above), ahead=0.0)
        there = replace(self, centre=found.rate)
        if self.ahead > 0.0:
            return there
        near = [one for one in self.answers if abs(math.log(one.rate / found.rate)) < self._breadth * WIDTHS[0]]
        if found.width <= self.precision and (len(near) >= ENOUGH or self._counts(found)):
            return replace(there, over=replace(found, precise=True))
        return replace(there, ahead=self._more(found, near))

    def _more(self, found: Found, near: Sequence[Answer]) -> float:
        """Requests to spend before the next look: what the error tells, within bounds, since it is known roughly."""
        times = (_REACH * found.error / self.precision) ** 2 - 1.0
        more = sum(one.requests for one in near) * min(max(times, _MORE[0]), _MORE[1])
        return max(more, float(self.answers[-1].requests * (ENOUGH - len(near))), 1.0)

    def _counts(self, found: Found) -> bool:
        """Whether what sets the capacity is counted, or not served, so that it is found by halving."""
        counted = found.limiting is not None and self.aims[found.limiting].scale is Scale.COUNT
        return found.piles_up or counted

    def _whole(self, rate: float) -> float:
        return self.budget.left((), rate)

    def _first(self, rate: float) -> float:
        """Requests of a probe of the bracket."""
        return min(FIRST, max(LEAST, self._whole(rate) / _FIRST_OF_BUDGET))

    def _affordable(self, rate: float, requests: float) -> int:
        """So many of ``requests`` as the budget allows, LEAST at least.

        A probe takes a small part of it, so that there are many, but lasts so long that requests meet each other.
        """
        whole, left = self._whole(rate), self.left(rate) / (1.0 + WARM_UP)
        wanted = max(min(requests, whole / _LARGEST_OF_BUDGET), min(self.least_s * rate, whole / _LONGEST_OF_BUDGET))
        return max(LEAST, math.ceil(min(wanted, left)))
