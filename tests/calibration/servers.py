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

_AHEAD = 1_024
"""Steps that no reply takes: of 24 tokens in the mean, one of 10^18 is longer."""

_DEGREE = 8
"""Of the polynomial in the load that smooths the logarithm of a p95."""


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
        """Times to the first token of the first ``requests`` of each server, which begins empty; a column a server.

        All servers step together, each in its own time; ``ending`` counts the replies that end with a step to come.
        """
        runs, (each, prompt, tokens, places) = rates.size, self._parameters
        spread, mean_gap = -1.0 / np.log1p(-1.0 / tokens), 1.0 / rates
        now, due = np.zeros(runs), random.exponential(size=runs) * mean_gap
        batch, taken, ending = np.zeros(runs), np.zeros(runs, np.int64), np.zeros((_AHEAD, runs), np.int16)
        times, step = np.empty((requests, runs), np.float32), 0
        while (taken < requests).any():
            np.maximum(now, due, out=now, where=batch == 0)
            (takes,) = np.nonzero((batch < places) & (due <= now) & (taken < requests))
            lengths = (random.exponential(size=takes.size) * spread[takes]).astype(np.int64)  # geometric, less one
            ending[(step + lengths) % _AHEAD, takes] += 1
            batch[takes] += 1
            now += 1.0 + each * batch
            now[takes] += prompt[takes]
            times[taken[takes], takes] = now[takes] - due[takes]
            due[takes] += random.exponential(size=takes.size) * mean_gap[takes]
            taken[takes] += 1
            batch -= ending[step % _AHEAD]
            ending[step % _AHEAD] = 0
            step += 1
        return times.astype(np.float64)

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


def simulated(columns: int = 40, requests: int = 8_000, skipped: int = 1_000) -> Truth:
    """The truth, from so many runs of each load of each shape, whose first requests are ``skipped``."""
    loads = np.linspace(0.2, 0.94, 60)
    every = [(nth, load) for nth in range(len(SHAPES)) for load in loads.tolist()]
    shapes = np.repeat([nth for nth, _ in every], columns)
    rates = np.repeat([SHAPES[nth].most * load for nth, load in every], columns)
    times = Servers(shapes).firsts(rates, skipped + requests, np.random.default_rng([12, 20_261_126]))[skipped:]
    pooled = times.reshape(requests, len(every), columns)
    p95 = np.array([np.quantile(pooled[:, nth], 0.95) for nth in range(len(every))]).reshape(len(SHAPES), -1)
    smooth = [np.polynomial.Polynomial.fit(loads, np.log(row), _DEGREE)(loads) for row in p95]
    rising = [
        isotonic([np.log(shape.first), *row], np.ones(row.size + 1)) for shape, row in zip(SHAPES, smooth, strict=True)
    ]
    return Truth(np.concatenate(([0.0], loads)), np.array(rising))
