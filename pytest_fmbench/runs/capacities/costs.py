"""What serving costs at the capacity: at the largest rate that the SLA certifies, and at no other."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.errors import SlaMissed
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import OPERATORS, Objective
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.recommend.costs import TASK, costs_at
from pytest_fmbench.runs.capacities.arrivals import arrival_in, arrival_of
from pytest_fmbench.runs.capacities.capacity import Capacity

_AT_CAPACITY = {"task.usd": TASK}
"""What a figure of a run is called where it is one of the capacity."""


def costs_of(capacity: Capacity, tariff: Tariff | None) -> dict[str, Estimate]:
    """By name; none where nobody says the price, or where no rate holds the SLA."""
    if tariff is None or capacity.rate.high <= 0.0:
        return {}
    came = arrival_of([one.run.figures.measurement for one in capacity.probes])
    return costs_at(tariff, capacity.rate, arrival_in(came))


def see_that_costs_are_kept(objectives: Sequence[Objective], capacity: Capacity) -> None:
    """See that what was promised of dollars holds at the capacity.

    :raises SlaMissed: for the first that does not.
    :raises Inconclusive: where the interval of the capacity does not tell.
    """
    for one in objectives:
        cost = capacity.costs.get(_AT_CAPACITY.get(one.metric, one.metric))
        if cost is None:
            raise SlaMissed(f"{capacity.name}: {one.text}: {_nothing(capacity)}")
        if not OPERATORS[one.operator](cost, one.limit):
            raise SlaMissed(f"{capacity.name}: {one.text} is missed at {capacity.rate.interval()}: {cost!r}")


def _nothing(capacity: Capacity) -> str:
    """Why there is no cost to judge."""
    if capacity.rate.high <= 0.0:
        return f"there is no rate at which it could hold: {capacity.why}"
    return f"of what came at {capacity.rate.interval()} nothing can be counted that it is the cost of"
