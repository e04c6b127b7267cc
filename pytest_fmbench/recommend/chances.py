"""How sure it is which fleet is the cheapest, where capacities are known within intervals only.

The logarithm of each capacity is taken as normal about its best guess, as wide as its interval says; capacities were
measured apart, so they are drawn independently. In each of many draws every fleet takes the replicas that it would
need, and the least cost is looked up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from pytest_fmbench.model.price import Price
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.recommend.fleet import Fleet

TIE = 0.03
"""Costs that differ by no more are alike."""

_DRAWS, _SEED = 10_000, 12


def chances(fleets: Sequence[Fleet]) -> list[float]:
    """Of each fleet, in how many of all draws it is the cheapest, or no more than ``TIE`` dearer."""
    if not fleets:
        return []
    random = np.random.default_rng(_SEED)
    costs = np.array([_costs(one, random) for one in fleets])
    return [float(one) for one in (costs <= (1.0 + TIE) * costs.min(axis=0)).mean(axis=1)]


def error_of(fleet: Fleet) -> float:
    """Standard error of the logarithm of the capacity, as its interval has it; by its low end where it has one only."""
    rate = fleet.candidate.capacity
    z = NormalDist().inv_cdf(0.5 + rate.confidence / 2.0)
    low = rate.low if rate.low > 0.0 else fleet.candidate.planned
    if math.isfinite(rate.high):
        return math.log(rate.high / low) / (2.0 * z)
    return math.log(float(rate) / low) / z


def _costs(fleet: Fleet, random: np.random.Generator) -> Floats:
    price, drawn = fleet.candidate.price, random.standard_normal(_DRAWS)
    if not isinstance(price, Price):
        return np.full(_DRAWS, fleet.usd_per_hour)
    rates = float(fleet.candidate.capacity) * np.exp(error_of(fleet) * drawn)
    needed = np.ceil(fleet.demand.planned / rates) + fleet.demand.redundancy
    return np.asarray(price.usd_per_hour * needed)
