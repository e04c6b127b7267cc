"""Which deployment, how many of it, and why not another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_fmbench.model.price import TokenPrice
from pytest_fmbench.recommend.candidate import Candidate, Refused
from pytest_fmbench.recommend.chances import TIE, chances
from pytest_fmbench.recommend.costs import SECONDS_AN_HOUR, usd_of
from pytest_fmbench.recommend.demand import Demand
from pytest_fmbench.recommend.fleet import Fleet, fleet_of

UNSURE = 0.05
"""Chance of being the cheapest, or as cheap, from which a runner-up counts as a tie."""


@dataclass(frozen=True)
class BreakEven:
    """Where paying for hours costs as much as paying for tokens.

    :param hourly: a fleet that is paid by the hour; ``by_the_token`` the other.
    :param arrivals_an_hour: in the mean over all hours; with more the hours are cheaper.
    """

    hourly: Fleet
    by_the_token: Fleet
    arrivals_an_hour: float

    @property
    def share_of_peak(self) -> float:
        """As a share of the peak; above 1 tokens are cheaper at any volume."""
        return self.arrivals_an_hour / SECONDS_AN_HOUR / self.hourly.demand.peak


@dataclass(frozen=True)
class Ranked:
    """A fleet that would do.

    :param chance: that it is truly the cheapest, or no more than ``TIE`` dearer.
    """

    fleet: Fleet
    chance: float


@dataclass(frozen=True)
class Decision:
    """What is recommended.

    :param ranked: all that would do, the recommended one first; empty where none does.
    :param refused: all others, each with why.
    :param front: names of those that no other beats in cost, latency and quality together.
    """

    demand: Demand
    ranked: tuple[Ranked, ...]
    refused: tuple[Refused, ...]
    front: tuple[str, ...]
    break_evens: tuple[BreakEven, ...]

    @property
    def best(self) -> Fleet | None:
        """What is recommended; None where nothing would do."""
        return self.ranked[0].fleet if self.ranked else None

    def is_tie(self, one: Ranked) -> bool:
        """Whether the data do not tell that ``one`` is dearer than what is recommended, or it is by ``TIE`` at most."""
        best = self.ranked[0]
        alike = one.fleet.usd_per_hour <= (1.0 + TIE) * best.fleet.usd_per_hour
        return one is not best and (alike or one.chance >= UNSURE)

    @property
    def ties(self) -> list[Ranked]:
        """Runners-up that may be as cheap."""
        return [one for one in self.ranked[1:] if self.is_tie(one)]


def decide(candidates: Sequence[Candidate], demand: Demand, latency: str = "", quality: str = "") -> Decision:
    """Choose what serves ``demand`` for the least money.

    :param latency: the figure by which fleets are compared beside their cost, at the peak; empty for none.
    :param quality: likewise, of answers.
    """
    found = [fleet_of(one, demand) for one in candidates]
    fleets = [one for one in found if isinstance(one, Fleet)]
    each = [Ranked(fleet, chance) for fleet, chance in zip(fleets, chances(fleets), strict=True)]
    ranked = sorted(each, key=lambda one: (-one.chance, *_place(one)))
    return Decision(
        demand,
        (*ranked[:1], *sorted(ranked[1:], key=_place)),
        tuple(one for one in found if isinstance(one, Refused)),
        tuple(fleet.name for fleet in _front(fleets, latency, quality)),
        tuple(_break_evens(fleets)),
    )


def _place(one: Ranked) -> tuple[float, float, str]:
    """By cost; of what costs the same by what is left of it at the peak."""
    return one.fleet.usd_per_hour, float(one.fleet.utilization), one.fleet.name


def _front(fleets: Sequence[Fleet], latency: str, quality: str) -> list[Fleet]:
    """Fleets that no other beats: none is as good in cost, latency and quality, and better in one."""
    points = [_point(one, latency, quality) for one in fleets]
    return [one for one, point in zip(fleets, points, strict=True) if not any(_beats(it, point) for it in points)]


def _point(fleet: Fleet, latency: str, quality: str) -> tuple[float, float, float]:
    """Less is better; what is not known counts as the worst."""
    waits = fleet.candidate.figure(latency, fleet.rate_each)
    worth = fleet.candidate.quality.get(quality)
    return (
        fleet.usd_per_hour,
        math.inf if waits is None else waits,
        math.inf if worth is None or math.isnan(worth) else -float(worth),
    )


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True)) and one != other


def _break_evens(fleets: Sequence[Fleet]) -> Iterator[BreakEven]:
    """The cheapest that is paid by the hour, against each that is paid by the token."""
    hourly = min((one for one in fleets if not one.by_the_token), key=lambda one: one.usd_per_hour, default=None)
    for other in fleets:
        price, arrival = other.candidate.price, other.candidate.arrival
        if hourly is not None and isinstance(price, TokenPrice) and arrival is not None:
            yield BreakEven(hourly, other, hourly.usd_per_hour / usd_of(price, arrival))
