"""Servers that batch continuously, of several shapes and any speed, many at once; and what they truly hold.

A step takes 1, ``each`` more for every request in the batch, and ``prompt`` more if it takes a prompt in, of which it
takes one; all of it over the server's speed. Its latency is the time to the first token. Arrivals are Poisson.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.capacity import isotonic

_CLOSED = np.int32(1 << 30)


@dataclass(frozen=True)
class Shape:
    """A kind of server, at speed 1.

    :param places: of a batch.
    :param tokens: of a reply, in the mean (geometric).
    """

    places: int
    each: float
    prompt: float
    tokens: float

    @property
    def first(self) -> float:
        """The time to the first token of a request that is alone."""
        return 1.0 + self.each + self.prompt

    @property
    def alone(self) -> float:
        """How long such a request takes."""
        return self.prompt + self.tokens * (1.0 + self.each)

    @property
    def most(self) -> float:
        """About the rate at which all places are always taken."""
        return 1.0 / (self.tokens * (1.0 + self.each * self.places) / self.places + self.prompt)


SHAPES = (
    Shape(8, 0.1, 3.0, 16.0),
    Shape(4, 0.05, 2.0, 16.0),
    Shape(16, 0.1, 3.0, 24.0),
    Shape(16, 0.05, 1.5, 16.0),
    Shape(8, 0.3, 2.0, 12.0),
    Shape(4, 0.2, 4.0, 8.0),
)
"""The first is :class:`tests.calibration.served.Batching`."""


@dataclass(frozen=True)
class Servers:
    """Many, each of one of ``SHAPES``, at speed 1.

    :param shapes: by number.
    """

    shapes: NDArray[np.int64]

    def only(self, members: NDArray[np.int64]) -> Servers:
        """Those of them."""
        return Servers(self.shapes[members])

    def firsts(self, rates: Floats, requests: int, random: np.random.Generator) -> Floats:
        """Times to the first token of the first ``requests`` of each server, which begins empty; a column a server."""
        runs, rows = rates.size, np.arange(rates.size)
        each, prompt, tokens, places = self._parameters
        arrivals = np.cumsum(random.exponential(size=(requests + 1, runs)) / rates, axis=0)
        lengths = random.geometric(1.0 / tokens, size=(requests + 1, runs)).astype(np.int32)
        is_open = np.arange(places.max())[:, None] < places
        left = np.where(is_open, np.int32(0), _CLOSED)
        now, taken, times = np.zeros(runs), np.zeros(runs, np.int64), np.empty((requests, runs))
        count = np.zeros(runs, np.int64)
        while (taken < requests).any():
            place, due = left.argmin(axis=0), arrivals[taken, rows]
            now = np.where(count > 0, now, np.maximum(now, due))
            takes = (left[place, rows] == 0) & (due <= now) & (taken < requests)
            left[place[takes], rows[takes]] = lengths[taken[takes], rows[takes]]
            active = (left > 0) & is_open
            now = now + 1.0 + each * active.sum(axis=0) + prompt * takes
            times[taken[takes], rows[takes]] = (now - due)[takes]
            taken = taken + takes
            left -= active
            count = ((left > 0) & is_open).sum(axis=0)
        return times

    @cached_property
    def _parameters(self) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
        table = np.array([[one.each, one.prompt, one.tokens, one.places] for one in SHAPES])[self.shapes]
        return table[:, 0], table[:, 1], table[:, 2], table[:, 3].astype(np.int64)


def windows(
    servers: Servers, rates: Floats, skipped: Sequence[int], sizes: Sequence[int], random: np.random.Generator
) -> list[Floats]:
    """The times of each server's window, after those of its warm-up; runs of like length are simulated together."""
    found, wholes = dict[int, Floats](), np.asarray(skipped) + np.asarray(sizes)
    groups = np.ceil(np.log2(wholes)).astype(int)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        times = servers.only(members).firsts(rates[members], int(wholes[members].max()), random)
        for column, nth in enumerate(members.tolist()):
            found[nth] = times[skipped[nth] : skipped[nth] + sizes[nth], column]
    return [found[nth] for nth in range(len(wholes))]


@dataclass(frozen=True)
class Truth:
    """What each shape holds at speed 1, by long simulation: p95 at loads, between which lines are drawn.

    :param loads: rates over :attr:`Shape.most`.
    :param p95: logarithms, a row a shape; smoothed so that they only rise.
    """

    loads: Floats
    p95: Floats

    def capacity(self, shape: int, limit: float) -> float:
        """The largest rate at which 5 % of requests wait no longer than ``limit``."""
        if limit <= np.exp(self.p95[shape, 0]):
            return 0.0
        return SHAPES[shape].most * float(np.interp(np.log(limit), self.p95[shape], self.loads))


def simulated(columns: int = 100, requests: int = 5_000, skipped: int = 1_000) -> Truth:
    """The truth, from so many runs of each load of each shape, whose first requests are ``skipped``."""
    loads = np.concatenate(([0.02], np.linspace(0.2, 0.94, 38)))
    every = [(nth, load) for nth in range(len(SHAPES)) for load in loads.tolist()]
    shapes = np.repeat([nth for nth, _ in every], columns)
    rates = np.repeat([SHAPES[nth].most * load for nth, load in every], columns)
    times = Servers(shapes).firsts(rates, skipped + requests, np.random.default_rng([12, 20_261_126]))[skipped:]
    pooled = times.reshape(requests, len(every), columns)
    p95 = np.array([np.quantile(pooled[:, nth], 0.95) for nth in range(len(every))]).reshape(len(SHAPES), -1)
    return Truth(loads, np.array([isotonic(np.log(row), np.ones(row.size)) for row in p95]))
