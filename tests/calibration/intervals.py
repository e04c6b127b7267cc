"""Rows of the calibration table: what the intervals of many runs are worth, against the truth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.drift import drift
from tests.calibration.shapes import Runs

QUANTILES = (0.5, 0.95, 0.99)
SLICES = 20
"""Of a window, in the same way as the rates of a run."""

_WIDEST = 1.5
_BAR = {0.5: (0.93, 0.0), 0.8: (0.92, 0.1), 0.9: (0.90, 0.6)}
"""Least coverage and largest share of half-open intervals of 10,000 requests, by load."""

Row = tuple[str, bool]


@dataclass(frozen=True)
class Truth:
    """Of a shape.

    :param quantiles: of the response time, at ``QUANTILES``.
    :param mean: of the response time.
    :param limit: that goodput is about.
    :param share: of response times within it.
    :param rate: completions per unit of time.
    """

    quantiles: list[float]
    mean: float
    limit: float
    share: float
    rate: float


@dataclass(frozen=True)
class Bar:
    """What is required of a row; infinite where nothing is."""

    coverage: float = 0.90
    opened: float = math.inf
    width: float = math.inf


def head(first: str) -> Iterator[Row]:
    """The table's head; ``first`` names the columns that ``measure`` gets as one."""
    columns = f"| {first} | statistic | coverage | required | half-open | half-width / ideal | ideal / value |"
    yield columns, True
    yield "|" + "---|" * (columns.count("|") - 1), True


def bar_of(load: float, n: int) -> Bar:
    """What M/M/8 is held to."""
    return Bar(*_BAR[load], _WIDEST) if n == 10_000 else Bar()


def measure_gaps(name: str, runs: Iterable[Floats], truth: list[float], mean: float) -> Iterator[Row]:
    """A row a statistic that pooled gaps have; ``truth`` is at ``QUANTILES``."""
    found: dict[str, list[Estimate]] = {}
    for run in map(stats.prepare, runs):
        for q in QUANTILES:
            found.setdefault(f"p{100 * q:g}", []).append(stats.quantile(run, q))
        found.setdefault("mean", []).append(stats.mean(run))
    for (statistic, estimates), value in zip(found.items(), [*truth, mean], strict=True):
        yield row(f"{name} | {statistic}", estimates, value, Bar())


def measure(name: str, runs: Runs, truth: Truth, bar: Bar) -> Iterator[Row]:
    """A row a statistic."""
    prepared = [stats.prepare(run) for run in runs.times]
    for q, value in zip(QUANTILES, truth.quantiles, strict=True):
        yield row(f"{name} | p{100 * q:g}", [stats.quantile(run, q) for run in prepared], value, bar)
    yield row(f"{name} | mean", [stats.mean(run) for run in prepared], truth.mean, bar)
    flags = runs.times <= truth.limit
    goodput = [stats.proportion(one, along=run) for one, run in zip(flags, prepared, strict=True)]
    yield row(f"{name} | goodput", goodput, truth.share, bar, share=True)
    alone = [stats.proportion(one) for one in flags]
    yield row(f"{name} | goodput, flags alone", alone, truth.share, None, share=True)
    rate = [stats.ratio(*pair) for pair in zip(*rates(runs), strict=True)]
    yield row(f"{name} | request rate", rate, truth.rate, bar)


def flagged(name: str, runs: Runs) -> str:
    """A row: how often the drift test says that a run is not steady."""
    return f"| {name} | flagged as drifting | {np.mean([drift(run).drifts for run in runs.times]):.1%} | | | | |"


def rates(runs: Runs) -> tuple[Floats, Floats]:
    """Completions in equal slices of each run, from its first arrival to its last, and how long a slice is."""
    begin, end = runs.arrivals[:, :1], runs.arrivals[:, -1:]
    nth = np.floor((runs.arrivals + runs.times - begin) / (end - begin) * SLICES)
    amounts = [(nth == slice_).sum(axis=1) for slice_ in range(SLICES)]
    seconds = np.repeat((end - begin) / SLICES, SLICES, axis=1)
    return np.stack(amounts, axis=1).astype(np.float64), seconds


def row(name: str, found: list[Estimate], truth: float, bar: Bar | None, *, share: bool = False) -> Row:
    """A row, and whether it keeps the bar. A share that is not bounded ends at 0, which no bounded one does."""
    covered = float(np.mean([one.low <= truth <= one.high for one in found]))
    bounded = [one for one in found if math.isfinite(one.high - one.low) and not (share and one.low == 0.0)]
    opened, ideal = 1.0 - len(bounded) / len(found), 1.96 * float(np.std(found))
    width = float(np.median([one.high - one.low for one in bounded])) / 2.0 / ideal if bounded else math.nan
    error = math.sqrt(covered * (1.0 - covered) / len(found))
    met = bar is None or (covered >= bar.coverage and opened <= bar.opened and not width > bar.width)
    required = "-" if bar is None else f"{bar.coverage:.2f}" + ("" if met else " **missed**")
    cells = f"{covered:.3f} ± {error:.3f} | {required} | {opened:.1%} | {width:.2f} | {ideal / truth:.3f}"
    return f"| {name} | {cells} |", met
