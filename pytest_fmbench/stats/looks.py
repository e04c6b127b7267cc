"""When a run is looked at, and how much of its risk each look may spend.

A verdict that is tried again and again errs more often than one that is tried once: every look is one more chance to
be misled. So a run's risk is spent bit by bit. By the time that a share of the budget is used, a fixed part of the
risk is spent, however many looks were made; each look gets what its share adds, and gains from what it has in common
with the looks before it. Nothing has to be planned: looks may come when they can.

Sources: Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983); Kim and DeMets,
Biometrika 74 (1987), for the power family; Armitage, McPherson and Rowe, JRSS A 132 (1969), for the recursion.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.inputs import inside

GROWTH = math.sqrt(2.0)
"""Samples of a look over those of the look before. Each costs as much as all the ones before it did."""

FIRST = 500
"""Requests of the first look. Fewer show too little of how they depend on each other; docs/gates.md is about these."""

LEAST_RISK = 1e-12
"""Of a look, for below it a level would not differ from 1. It is too little to notice."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(160)
_FAR = 8.0
_NEAR = 1e-14
"""Standard deviations by which a boundary may be off: hardly more than rounding."""

_ROOT_HALF, _ROOT_2_PI = math.sqrt(0.5), math.sqrt(2.0 * math.pi)
_MOST_COMMON = 0.98
"""Two looks nearer to each other than this share would need a finer quadrature."""

Spending = Callable[[float], float]
"""Of the share of the budget that is used, the share of the risk that may be spent: from 0 at 0 up to 1 at 1."""


@dataclass(frozen=True)
class Look:
    """A look at a run.

    :param requests: how many it sees, the first ones of the window in order of sending.
    :param share: of the budget that is used: of time, requests, tokens or dollars, whichever is nearest its end; 1 at
        the last look.
    """

    requests: int
    share: float

    def __post_init__(self) -> None:
        if self.requests < 1 or not 0.0 < self.share <= 1.0:
            raise UsageError(f"{self}: a look sees one request or more, and a share of the budget above 0, 1 at most")


def planned_looks(budget: int, *, first: int = FIRST, growth: float = GROWTH) -> tuple[Look, ...]:
    """Looks of a run of ``budget`` requests: each sees ``growth`` times as many as the last, which sees them all.

    :raises UsageError: for no request, or ``growth`` below 1.1.
    """
    if budget < 1 or first < 1 or not growth >= 1.1:
        raise UsageError(f"looks at {first}, {growth} times as many ... {budget} requests cannot be planned")
    sizes = [float(budget)]
    while sizes[-1] / growth >= first:
        sizes.append(sizes[-1] / growth)
    return tuple(Look(math.ceil(size), math.ceil(size) / budget) for size in reversed(sizes))


def spend(share: float) -> float:
    """The share of the risk that is spent with ``share`` of the budget: its power of 1.5; docs/gates.md says why."""
    return share * math.sqrt(share)


def look_risk(looks: Sequence[Look], risk: float, spending: Spending = spend) -> float:
    """The one-sided risk at which the last of ``looks`` may judge, so that all of them err with ``risk`` at most.

    With alpha(t) = risk * spending(t), an estimate that gathers information in proportion to requests crosses its
    limit at look k, and at none before, with probability alpha(t_k) - alpha(t_k-1). A look that adds nothing to
    the share gets ``LEAST_RISK``.

    :param looks: all that were made, in order.
    :raises UsageError: for no look, looks out of order, or ``risk`` outside (0, 1).
    """
    if not looks:
        raise UsageError("no look was made, so none has a risk")
    for before, after in pairwise(looks):
        if after.requests < before.requests or after.share < before.share:
            raise UsageError(f"{after} cannot come after {before}: a run does not shrink")
    return max(LEAST_RISK, _walk(tuple(looks), inside("risk", risk), spending).risk)


def false_alarms(cases: int, confidence: float) -> float:
    """How many of ``cases`` are expected to fail by chance, at most, if all keep every promise: cases (1 - confidence).

    :raises UsageError: for ``cases`` below 0, or ``confidence`` outside (0, 1).
    """
    if cases < 0:
        raise UsageError(f"there are {cases} cases; they count from 0")
    return cases * (1.0 - inside("confidence", confidence))


@dataclass(frozen=True)
class _Walk:
    """A Brownian motion that has crossed no boundary: its place, in standard deviations, as a quadrature.

    :param risk: with which it lies above its last boundary.
    """

    risk: float
    places: Floats
    chances: Floats


@lru_cache(maxsize=256)
def _walk(looks: tuple[Look, ...], risk: float, spending: Spending) -> _Walk:
    """The walk after ``looks``. The chance to cross at the last is what spending allows it."""
    before, spent, scale = _Walk(0.0, np.zeros(1), np.ones(1)), 0.0, 0.0
    if len(looks) > 1:
        before, spent = _walk(looks[:-1], risk, spending), spending(looks[-2].share)
        # looks at nearly the same are taken to have less in common than they have, which errs on the safe side
        scale = math.sqrt(min(looks[-2].requests / looks[-1].requests, _MOST_COMMON))
    spread = math.sqrt(1.0 - scale**2)
    bound = _boundary(before, risk * (spending(looks[-1].share) - spent), scale, spread)
    half = (bound + _FAR) / 2.0
    places = half * (_NODES + 1.0) - _FAR
    steps = (places[:, None] - scale * before.places) / spread
    density = np.exp(-0.5 * steps**2) @ before.chances / (spread * _ROOT_2_PI)
    return _Walk(_above(bound), places, half * _WEIGHTS * density)


def _boundary(before: _Walk, chance: float, scale: float, spread: float) -> float:
    """Where the walk's next place lies above with probability ``chance``.

    By Newton's method on the logarithm of that probability, which is nearly straight; by halves where it leads astray.
    """
    centres, chances = scale * before.places, before.chances
    bound, low, high = 0.0, -_FAR, _FAR
    for _ in range(100):
        crossed = _crossed(bound, centres, chances, spread)
        low, high = (bound, high) if crossed > chance else (low, bound)
        density = float(np.exp(-0.5 * ((bound - centres) / spread) ** 2) @ chances) / (spread * _ROOT_2_PI)
        step = math.log(crossed / chance) * crossed / density if min(crossed, chance, density) > 0.0 else math.nan
        if abs(step) <= _NEAR or high - low <= _NEAR:
            break
        bound = bound + step if low < bound + step < high else (low + high) / 2.0
    return bound


def _crossed(bound: float, centres: Floats, chances: Floats, spread: float) -> float:
    """The chance to lie above ``bound``."""
    tails = [_above(one) for one in ((bound - centres) / spread).tolist()]
    return float(np.asarray(tails) @ chances)


def _above(x: float) -> float:
    return math.erfc(x * _ROOT_HALF) / 2.0
