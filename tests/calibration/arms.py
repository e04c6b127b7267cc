"""Two deployments under the same arrivals: pairs of M/M/8 queues."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pytest_fmbench.model.samples import Flags, Floats
from pytest_fmbench.stats.beta import beta_quantile
from tests.calibration.queues import SERVERS, WARM_UP, true_quantile

Row = tuple[str, bool]
"""A row of a table, and whether it is as stated."""

LOAD, PAIRS, ALPHA, SEED = 0.7, 12, 0.05, 20_261_126

_AT_ONCE = 250
"""Replications simulated together; more take memory, fewer take time."""


def two_arms(
    load: float, runs: int, n: int, seed: int, *, slower: float = 1.0, common: bool = True
) -> Iterator[Floats]:
    """Response times of ``n`` requests, ``runs`` times: two rows each, the baseline's first.

    Steady M/M/8 of unit service, as :func:`~tests.calibration.queues.response_times`. Service times are independent
    between the arms, the candidate's ``slower`` times as long; arrivals are the same if ``common``.
    """
    for first in range(0, runs, _AT_ONCE):
        random, some = np.random.default_rng([seed, first]), min(_AT_ONCE, runs - first)
        work, columns, times = np.zeros((SERVERS, 2 * some)), np.arange(2 * some), np.empty((n, 2 * some))
        mean_service = np.repeat([1.0, slower], some)
        for i in range(-WARM_UP, n):
            gaps = random.exponential(1.0 / (SERVERS * load), some if common else 2 * some)
            work = np.maximum(0.0, work - (np.tile(gaps, 2) if common else gaps))
            free = work.argmin(axis=0)
            work[free, columns] += mean_service * random.exponential(size=2 * some)
            if i >= 0:
                times[i] = work[free, columns]
        yield from np.ascontiguousarray(times.T.reshape(2, some, n).swapaxes(0, 1))


def bursts(runs: int, n: int, seed: int, *, expected: float, length: int) -> Iterator[Flags]:
    """Whether each of ``n`` requests fails, ``runs`` times, two rows each: ``expected`` bursts of ``length`` a row."""
    random = np.random.default_rng(seed)
    for _ in range(runs):
        failed = np.zeros((2, n), np.bool_)
        for row in failed:
            for first in random.integers(n - length, size=random.poisson(expected)):
                row[first : first + length] = True
        yield failed


def slower_for(ratio: float, q: float, load: float) -> float:
    """How much longer service takes when the ``q``-quantile grows by ``ratio``, arrivals as they are; by bisection."""
    low, high = 1.0, min(ratio, 0.99 / load)
    for _ in range(60):
        middle = math.sqrt(low * high)
        grown = middle * true_quantile(q, load * middle) / true_quantile(q, load)
        low, high = (middle, high) if grown < ratio else (low, middle)
    return low


def rate(count: int, runs: int) -> str:
    """A share with its 95 % interval, for people."""
    low, high = bounds(count, runs)
    return f"{count / runs:.1%} [{low:.1%}, {high:.1%}]"


def bounds(count: int, runs: int) -> tuple[float, float]:
    """Exact 95 % interval of a share (Clopper and Pearson)."""
    low = beta_quantile(0.025, count, runs - count + 1) if count else 0.0
    return low, beta_quantile(0.975, count + 1, runs - count) if count < runs else 1.0
