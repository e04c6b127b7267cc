"""Rows of the table of rounds: a queue measured several times, each time on a server that is faster or slower."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.stats import Prepared, prepare, rounds
from pytest_fmbench.stats.rounds import Rounds
from tests.calibration.intervals import QUANTILES, Row, rates
from tests.calibration.queues import SERVERS, share_above, true_mean
from tests.calibration.shapes import markovian

SPREADS = (0.0, 0.03, 0.1, 0.3)
"""Standard deviations of the logarithm of what a new server multiplies all times by."""

_ROUNDS = (2, 3, 5, 10)
_LIMIT = 3.0
_STATISTICS = (*(f"p{100 * q:g}" for q in QUANTILES), "mean", "goodput", "rate")
_LEAST = {name: 0.90 if name == "p99" else 0.93 for name in _STATISTICS}
"""Coverage that is required."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_SHARES = _WEIGHTS / _WEIGHTS.sum()


def head() -> Iterator[Row]:
    """The table's head."""
    columns = ["load", "requests a round", "spread", "rounds", *_STATISTICS, "half-open", "half-width / ideal"]
    yield f"| {' | '.join(columns)} |", True
    yield "|" + "---|" * len(columns), True


def anew(load: float, n: int, replications: int, seed: list[int], spreads: Sequence[float] = SPREADS) -> Iterator[Row]:
    """A row for each spread and number of rounds of ``n`` requests each."""
    most = max(_ROUNDS)
    found, random = markovian(load, replications * most, n, seed), np.random.default_rng([*seed, 1])
    amounts, seconds = (_by_run(one, most) for one in rates(found))
    normal = random.normal(size=(replications, most, 1))
    for spread in spreads:
        paces = np.exp(spread * normal)
        times = [[*map(prepare, run)] for run in _by_run(found.times, most) * paces]
        counted = [[*map(Rate, *both)] for both in zip(amounts * paces, seconds, strict=True)]
        truth = _truth(load, spread)
        for count in _ROUNDS:
            made = _estimates([run[:count] for run in times], [run[:count] for run in counted])
            yield _row(f"{load} | {n:,} | {spread:g} | {count}", made, truth)


def _estimates(times: list[list[Prepared]], counted: list[list[Rate]]) -> dict[str, list[Estimate]]:
    together = [Rounds(run) for run in times]
    quantiles = [[rounds.quantile(run, q) for run in together] for q in QUANTILES]
    goodput = [rounds.proportion([Share(one.values <= _LIMIT, one.values) for one in run]) for run in times]
    each = (*quantiles, [rounds.mean(run) for run in together], goodput, [rounds.ratio(run) for run in counted])
    return dict(zip(_STATISTICS, each, strict=True))


def _row(name: str, made: dict[str, list[Estimate]], truth: dict[str, float]) -> Row:
    """Coverage of each; how many are half-open, and the median half-width of those of p95 that are not."""
    cells, kept = [], True
    for statistic, estimates in made.items():
        covered = float(np.mean([one.low <= truth[statistic] <= one.high for one in estimates]))
        error = math.sqrt(covered * (1.0 - covered) / len(estimates))
        missed = covered + 2.0 * error < _LEAST[statistic]
        cells.append(f"{covered:.3f}" + (" **missed**" if missed else ""))
        kept &= not missed
    tails = made["p95"]
    bounded = [one for one in tails if math.isfinite(one.high - one.low)]
    ideal = 1.96 * float(np.std(tails))
    width = f"{np.median([one.high - one.low for one in bounded]) / 2.0 / ideal:.2f}" if bounded else "-"
    opened = 1.0 - len(bounded) / len(tails)
    return f"| {name} | {' | '.join(cells)} | {opened:.1%} | {width} |", kept


def _truth(load: float, spread: float) -> dict[str, float]:
    """Of all servers together."""
    growth = math.exp(spread**2 / 2.0)
    quantiles = [true_quantile(q, load, spread) for q in QUANTILES]
    others = true_mean(load) * growth, 1.0 - above(_LIMIT, load, spread), SERVERS * load * growth
    return dict(zip(_STATISTICS, (*quantiles, *others), strict=True))


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


def _by_run(values: Floats, most: int) -> Floats:
    return values.reshape(-1, most, values.shape[1])
