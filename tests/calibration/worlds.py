"""Worlds in which something must be chosen: servers of several speeds and prices, a demand, and what is truly best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.price import Price
from pytest_fmbench.model.units import Unit
from pytest_fmbench.recommend import PLANNED, Candidate, Demand, replicas_for
from pytest_fmbench.stats.capacity import LIVES, Aim, Answer, Budget, Found, Search
from tests.calibration.servers import SHAPES, Servers, Truth, windows

LIMIT, LATE = 1.0, 0.05
"""The SLA: of all requests, 95 % have their first token within a second."""

BUDGET, CONFIDENCE = 200_000, 0.95
TOO_SLOW = 0.1
"""Of all servers, so many are too slow for the SLA at any rate."""

_ALONE = 30
_TIGHTNESS = (3.0, 10.0)
_REPLICAS = (2.0, 60.0)
_PRICE_SPREAD = 0.3
_START = (-1.1, 0.5)


@dataclass(frozen=True)
class Server:
    """One that may be chosen.

    :param speed: times that of its shape.
    :param capacity: that it truly has, in requests a second.
    :param usd: an hour.
    """

    shape: int
    speed: float
    capacity: float
    usd: float


@dataclass(frozen=True)
class World:
    """Servers, and what they must do."""

    servers: tuple[Server, ...]
    demand: Demand

    def needed(self, nth: int) -> int:
        """Replicas of a server that the demand truly takes."""
        return replicas_for(self.demand, self.servers[nth].capacity)

    def cost(self, nth: int) -> float:
        """Dollars an hour that it truly takes with one server; inf where that cannot be."""
        server = self.servers[nth]
        return self.needed(nth) * server.usd if server.capacity > 0.0 else math.inf

    @property
    def least(self) -> float:
        """The cost of the cheapest."""
        return min(self.cost(nth) for nth in range(len(self.servers)))


def drawn(truth: Truth, random: np.random.Generator) -> World:
    """A world. At least one server of it meets the SLA."""
    while True:
        many = int(random.integers(3, 7))
        servers = [_server(truth, random) for _ in range(many)]
        able = [one.capacity for one in servers if one.capacity > 0.0]
        if able:
            break
    replicas = float(np.exp(random.uniform(*np.log(_REPLICAS))))
    headroom, spare = 0.2, int(random.integers(0, 3))
    peak = replicas * float(np.median(able)) / (1.0 + headroom)
    return World(tuple(servers), Demand(peak, headroom=headroom, redundancy=spare))


def _server(truth: Truth, random: np.random.Generator) -> Server:
    """A fast one costs more, about as much as it is faster."""
    nth = int(random.integers(len(SHAPES)))
    slow = random.random() < TOO_SLOW
    tightness = random.uniform(0.5, 0.9) if slow else float(np.exp(random.uniform(*np.log(_TIGHTNESS))))
    speed = tightness * SHAPES[nth].first / LIMIT
    capacity = speed * truth.capacity(nth, LIMIT * speed)
    worth = capacity if capacity > 0.0 else speed * SHAPES[nth].most / 2.0
    return Server(nth, speed, capacity, worth * float(np.exp(random.normal(0.0, _PRICE_SPREAD))))


def searched(servers: Sequence[Server], seed: Sequence[int]) -> list[Search | None]:
    """A search for the capacity of each; None where requests that are alone break the SLA already."""
    random = np.random.default_rng([*seed, 1])
    every, speeds = Servers(np.array([one.shape for one in servers])), np.array([one.speed for one in servers])
    alone = every.firsts(np.full(len(servers), 1e-4), _ALONE, random)
    able = np.flatnonzero((alone / speeds > LIMIT).mean(axis=0) < 0.5).tolist()
    running: dict[int, Search] = {}
    for nth in able:
        start = speeds[nth] * SHAPES[servers[nth].shape].most * 0.6 * math.exp(random.uniform(*_START))
        least_s = LIVES * SHAPES[servers[nth].shape].alone / speeds[nth]
        running[nth] = Search([Aim("ttft.p95", LATE)], Budget(BUDGET), start, CONFIDENCE, least_s=float(least_s))
    for _ in count():
        asked = [(nth, probe) for nth, one in running.items() if (probe := one.next()) is not None]
        if not asked:
            break
        members = np.array([nth for nth, _ in asked])
        rates = np.array([probe.rate for _, probe in asked]) / speeds[members]
        skipped, sizes = zip(*((probe.warm_up, probe.requests) for _, probe in asked), strict=True)
        times = windows(every.only(members), rates, skipped, sizes, random)
        for (nth, probe), firsts in zip(asked, times, strict=True):
            late = float((firsts / speeds[nth] > LIMIT).mean())
            spent = probe.requests + probe.warm_up
            running[nth] = running[nth].after(Answer(probe.rate, probe.requests, (late,), spent=spent))
    return [running.get(nth) for nth in range(len(servers))]


def candidate(name: str, server: Server, search: Search | None) -> Candidate:
    """What the search knows of the server."""
    found = Found(0.0, 0.0, 0.0, 0) if search is None else search.found()
    ends = (found.rate, found.low, found.high)
    n = 0 if search is None else sum(one.requests for one in search.answers)
    rate = Estimate(*ends, n, name="capacity", unit=Unit.REQUEST_RATE, confidence=CONFIDENCE)
    held = 0.0 if search is None else search.held(1.0 - PLANNED)
    return Candidate(name, rate, held, Price(server.usd, "made up"), "ttft.p95 < 1s", why="alone it is too slow")
