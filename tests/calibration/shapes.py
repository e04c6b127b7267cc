"""Many runs at once of what is served in other ways: bursts, long services, two modes, drift, a closed loop.

Eight servers, first come first served; service takes 1 in the mean, which is the unit of time. Truth comes from ten
million requests of other seeds, simulated when asked for: it takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.samples import Floats
from tests.calibration.queues import SERVERS, WARM_UP

Draw = Callable[[np.random.Generator, int], Floats]
"""A value for each run, of request i; requests before the window have a negative i."""


@dataclass(frozen=True)
class Runs:
    """Arrivals and response times: a row a run, a column a request."""

    arrivals: Floats
    times: Floats


@dataclass(frozen=True)
class Shape:
    """A way of being served, as ``make(runs, n, seed)``."""

    name: str
    make: Callable[[int, int, list[int]], Runs]


def open_loop(gaps: Draw, services: Draw, runs: int, n: int, seed: list[int]) -> Runs:
    """Arrivals ``gaps`` apart, whoever is waiting (Kiefer and Wolfowitz, 1955)."""
    random, rows, at = np.random.default_rng(seed), np.arange(runs), np.zeros(runs)
    work, arrivals, times = np.zeros((SERVERS, runs)), np.empty((n, runs)), np.empty((n, runs))
    for i in range(-WARM_UP, n):
        gap = gaps(random, i)
        at, work = at + gap, np.maximum(0.0, work - gap)
        free = work.argmin(axis=0)
        work[free, rows] += services(random, i)
        if i >= 0:
            arrivals[i], times[i] = at, work[free, rows]
    return Runs(np.ascontiguousarray(arrivals.T), np.ascontiguousarray(times.T))


def markovian(load: float, runs: int, n: int, seed: list[int]) -> Runs:
    """M/M/8."""
    return open_loop(poisson(load, runs), exponential(runs), runs, n, seed)


def poisson(load: float, runs: int) -> Draw:
    """Gaps of a Poisson process."""
    return lambda random, _: random.exponential(1.0 / (SERVERS * load), runs)


def exponential(runs: int) -> Draw:
    """Exponential service."""
    return lambda random, _: random.exponential(size=runs)


def bursts(stay: float) -> Shape:
    """Poisson arrivals at load 1.2 and 0.3 by turns, each for ``stay`` in the mean, exponential (an MMPP)."""

    def make(runs: int, n: int, seed: list[int]) -> Runs:
        on = np.arange(runs) % 2 == 0

        def gaps(random: np.random.Generator, _: int) -> Floats:
            gap, waiting = np.zeros(runs), np.arange(runs)
            while waiting.size:  # until the next event of each run is an arrival and not a turn
                both = SERVERS * np.where(on[waiting], 1.2, 0.3) + 1.0 / stay
                gap[waiting] += random.exponential(1.0 / both)
                waiting = waiting[random.random(waiting.size) < 1.0 / stay / both]
                on[waiting] ^= True
            return gap

        return open_loop(gaps, exponential(runs), runs, n, seed)

    return Shape(f"bursts of {stay:g}", make)


def _lognormal(runs: int, n: int, seed: list[int]) -> Runs:
    return open_loop(poisson(0.7, runs), lambda random, _: random.lognormal(-0.5, 1.0, runs), runs, n, seed)


def _two_modes(runs: int, n: int, seed: list[int]) -> Runs:
    """Four of five hit a cache and take 0.25, the others 4; each +- 20 %."""

    def services(random: np.random.Generator, _: int) -> Floats:
        return np.where(random.random(runs) < 0.8, 0.25, 4.0) * random.uniform(0.8, 1.2, runs)

    return open_loop(poisson(0.7, runs), services, runs, n, seed)


def _drift(runs: int, n: int, seed: list[int]) -> Runs:
    """Service slows down by 40 % over the run, evenly: the load grows from 0.5 to 0.7."""

    def services(random: np.random.Generator, i: int) -> Floats:
        return random.exponential(1.0 + 0.4 * max(0, i) / n, runs)

    return open_loop(poisson(0.5, runs), services, runs, n, seed)


def _closed_loop(runs: int, n: int, seed: list[int]) -> Runs:
    """16 users that think for 1 in the mean, exponential, after each response."""
    random, rows = np.random.default_rng(seed), np.arange(runs)
    ready, free = random.exponential(size=(2 * SERVERS, runs)), np.zeros((SERVERS, runs))
    arrivals, times = np.empty((n, runs)), np.empty((n, runs))
    for i in range(-WARM_UP, n):
        user, server = ready.argmin(axis=0), free.argmin(axis=0)
        at = ready[user, rows]
        done = np.maximum(at, free[server, rows]) + random.exponential(size=runs)
        free[server, rows], ready[user, rows] = done, done + random.exponential(size=runs)
        if i >= 0:
            arrivals[i], times[i] = at, done - at
    return Runs(np.ascontiguousarray(arrivals.T), np.ascontiguousarray(times.T))


SHAPES = (
    bursts(4.0),
    bursts(20.0),
    Shape("lognormal service", _lognormal),
    Shape("two modes", _two_modes),
    Shape("slow drift", _drift),
    Shape("closed loop", _closed_loop),
)
