"""Rows of the table of rounds: a queue measured several times, each time on a server that is faster or slower."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.stats import Prepared, prepare, rounds
from pytest_fmbench.stats.rounds import Rounds
from tests.calibration.intervals import QUANTILES, Bar, Row, row
from tests.calibration.intervals import rates as slices
from tests.calibration.queues import SERVERS, share_above, true_mean
from tests.calibration.shapes import markovian

ROUNDS = (2, 3, 5, 10)
SPREADS = (0.0, 0.03, 0.1, 0.3)
"""Standard deviations of the logarithm of what a new server multiplies all times by."""

_LIMIT = 3.0
_BAR = Bar(0.93)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_SHARES = _WEIGHTS / _WEIGHTS.sum()


def repeats(load: float, n: int, replications: int, seed: list[int]) -> Iterator[Row]:
    """A row a statistic, for each spread and number of rounds of ``n`` requests each."""
    most = max(ROUNDS)
    found, random = markovian(load, replications * most, n, seed), np.random.default_rng([*seed, 1])
    amounts, seconds = slices(found)
    normal = random.normal(size=(replications, most))
    for spread in SPREADS:
        paces = np.exp(spread * normal)
        times = found.times.reshape(replications, most, n) * paces[:, :, None]
        counted = [
            [Rate(*pair) for pair in zip(*both, strict=True)]
            for both in zip(_split(amounts, most) * paces[:, :, None], _split(seconds, most), strict=True)
        ]
        prepared = [[*map(prepare, run)] for run in times]
        for count in ROUNDS:
            name = f"{load} | {n:,} | {spread:g} | {count}"
            first = [run[:count] for run in prepared], [run[:count] for run in counted]
            yield from _rows(name, *first, load, spread)


def _rows(
    name: str, times: list[list[Prepared]], counted: list[list[Rate]], load: float, spread: float
) -> Iterator[Row]:
    together = [Rounds(run) for run in times]
    for q in QUANTILES:
        truth = true_quantile(q, load, spread)
        bar = _BAR if q < 0.99 else Bar()
        yield row(f"{name} | p{100 * q:g}", [rounds.quantile(run, q) for run in together], truth, bar)
    growth = math.exp(spread**2 / 2.0)
    yield row(f"{name} | mean", [rounds.mean(run) for run in together], true_mean(load) * growth, _BAR)
    goodput = [rounds.proportion([Share(one.values <= _LIMIT, one.values) for one in run]) for run in times]
    yield row(f"{name} | goodput", goodput, 1.0 - above(_LIMIT, load, spread), _BAR, share=True)
    rate: list[Estimate] = [rounds.ratio(run) for run in counted]
    yield row(f"{name} | rate", rate, SERVERS * load * growth, _BAR)


def above(t: float, load: float, spread: float) -> float:
    """Share of response times above ``t`` over servers of any pace, by Gauss and Hermite."""
    return float(_SHARES @ [share_above(t * math.exp(-spread * z), load) for z in _NODES])


def true_quantile(q: float, load: float, spread: float) -> float:
    """Over servers of any pace, by bisection."""
    low, high = 0.0, 1_000.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if above(middle, load, spread) > 1.0 - q else (low, middle)
    return low


def _split(values: Floats, most: int) -> Floats:
    return values.reshape(-1, most, values.shape[1])
