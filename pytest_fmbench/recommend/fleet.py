"""So many replicas of a deployment that the demand is served, or why there cannot be.

    replicas = ceil(peak x (1 + headroom) / rate that one holds at 99 %) + redundancy

Replicas behind a load balancer are taken to hold as much as one does, times their number: where arrivals are Poisson
and each goes to a replica by chance, what comes to each is Poisson too, at its part of the rate; a balancer that looks
at who is least busy does no worse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.price import Price, TokenPrice
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.recommend.candidate import Candidate, Refused
from pytest_fmbench.recommend.costs import SECONDS_AN_HOUR, costs_by_the_hour, costs_by_the_token, usd_of
from pytest_fmbench.recommend.demand import Demand


@dataclass(frozen=True)
class Fleet:
    """A candidate, so many times that it serves the demand.

    :param replicas: planned, with those that may be lost; 1 where tokens are paid.
    :param usd_per_hour: of all of them.
    :param utilization: peak / what they hold; above 1 they would not.
    :param breaks_at: arrivals a second that all together hold.
    :param costs: at the highest rate that holds the SLA, by name.
    """

    candidate: Candidate
    demand: Demand
    replicas: int
    usd_per_hour: float
    utilization: Estimate
    breaks_at: Estimate
    costs: Mapping[str, Estimate]

    @property
    def name(self) -> str:
        """Of its deployment."""
        return self.candidate.name

    @property
    def by_the_token(self) -> bool:
        """Whether it costs as much as is asked of it, not as much as it lasts."""
        return isinstance(self.candidate.price, TokenPrice)

    @property
    def rate_each(self) -> float:
        """Arrivals a second that come to each replica at the peak."""
        return self.demand.peak / self.replicas

    def needed(self, rate: float) -> int:
        """Replicas, if one held ``rate``."""
        return replicas_for(self.demand, rate)

    def needed_usd(self, rate: float) -> float:
        """What it would cost an hour if one replica held ``rate``."""
        price = self.candidate.price
        return price.usd_per_hour * self.needed(rate) if isinstance(price, Price) else self.usd_per_hour


def fleet_of(candidate: Candidate, demand: Demand) -> Fleet | Refused:
    """What ``demand`` takes of ``candidate``, or why it cannot be."""
    name, price = candidate.name, candidate.price
    if candidate.refusals:
        why, helps = zip(*candidate.refusals, strict=True)
        return Refused(name, "; ".join(why), "; ".join(filter(None, helps)))
    if candidate.capacity.high <= 0.0:
        return Refused(name, candidate.why or "it holds the SLA at no rate", candidate.helps)
    if not candidate.planned > 0.0:
        return _unbounded(candidate)
    if price is None:
        told = f"--price {name}=USD says what an hour of a replica costs; `fmbench prices --refresh REGION` asks AWS"
        return Refused(name, "nobody knows what it costs", told)
    return _hourly(candidate, demand, price) if isinstance(price, Price) else _paid(candidate, demand, price)


def _unbounded(candidate: Candidate) -> Refused:
    """Why replicas cannot be counted."""
    capacity, level = candidate.capacity, show(candidate.sure, Unit.SHARE)
    why = f"its capacity has no lower end, so that replicas cannot be counted: {capacity.interval()}"
    if capacity.low > 0.0:
        why = f"no rate is known that one holds at {level}, by which replicas are counted: its capacity is "
        why += f"{capacity.interval()} at {capacity.confidence:.0%}"
    return Refused(candidate.name, why, "search longer: requests= or duration= of fmbench.capacity")


def replicas_for(demand: Demand, rate: float) -> int:
    """Of which each holds ``rate``: ceil(peak x (1 + headroom) / rate) + redundancy."""
    # a quotient that is whole but for rounding takes no replica more
    return math.ceil(demand.planned / rate * (1.0 - 1e-12)) + demand.redundancy


def _hourly(candidate: Candidate, demand: Demand, price: Price) -> Fleet | Refused:
    if not price.usd_per_hour > 0.0:
        return Refused(
            candidate.name,
            f"an hour of it costs {price.usd_per_hour:g} USD by {price.source}, beside which nothing could be chosen",
            f"--price {candidate.name}=USD says what an hour of a replica is worth",
        )
    replicas = replicas_for(demand, candidate.planned)
    usd = replicas * price.usd_per_hour
    if replicas > demand.max_replicas:
        return Refused(
            candidate.name,
            f"it would take {_many(replicas)} replicas of {show(candidate.planned, candidate.unit)} each, and "
            f"{demand.max_replicas:,} are the most",
            "--max-replicas allows more; a faster instance takes fewer",
        )
    problem = _beyond_budget(candidate, demand, usd, f"{_replicas(replicas)} cost{'s' if replicas == 1 else ''}")
    costs = costs_by_the_hour(price.usd_per_hour, candidate.capacity, candidate.arrival)
    return problem or _fleet(candidate, demand, replicas, usd, costs)


def _paid(candidate: Candidate, demand: Demand, price: TokenPrice) -> Fleet | Refused:
    if candidate.planned < demand.planned:
        return Refused(
            candidate.name,
            f"{show(demand.planned, candidate.unit)} are planned, of which "
            f"{show(candidate.planned, candidate.unit)} were shown to hold; who is paid by the token cannot be had "
            "twice",
            "measure it at that rate, or ask for a higher quota",
        )
    if candidate.arrival is None or not usd_of(price, candidate.arrival) > 0.0:
        return Refused(
            candidate.name, "how many tokens a request has is not recorded, or they cost nothing", "measure it again"
        )
    usd = usd_of(price, candidate.arrival) * demand.paid * SECONDS_AN_HOUR
    problem = _beyond_budget(candidate, demand, usd, "its tokens cost")
    return problem or _fleet(candidate, demand, 1, usd, costs_by_the_token(price, candidate.arrival))


def _beyond_budget(candidate: Candidate, demand: Demand, usd: float, what: str) -> Refused | None:
    budget = demand.budget_usd_per_hour
    if budget is None or usd <= budget:
        return None
    return Refused(
        candidate.name,
        f"{what} {usd:.4g} USD/h, {usd - budget:.3g} USD/h more than the budget",
        f"a budget of {usd:.4g} USD/h, or less headroom or redundancy",
    )


def _fleet(
    candidate: Candidate, demand: Demand, replicas: int, usd_per_hour: float, costs: Mapping[str, Estimate]
) -> Fleet:
    rate = candidate.capacity
    value, low, high = (replicas * end for end in (float(rate), rate.low, rate.high))
    breaks_at = Estimate(value, low, high, rate.n, unit=candidate.unit, confidence=rate.confidence)
    used, least, most = (demand.peak / end if end > 0.0 else math.inf for end in (value, high, low))
    utilization = Estimate(used, least, most, rate.n, confidence=rate.confidence)
    return Fleet(candidate, demand, replicas, usd_per_hour, utilization, breaks_at, costs)


def _replicas(count: int) -> str:
    return f"{_many(count)} replica{'' if count == 1 else 's'}"


def _many(count: int) -> str:
    """Of what nobody could count the digits, how many there are."""
    return f"{count:,}" if count < 1_000_000_000 else f"{count:.3g}"
