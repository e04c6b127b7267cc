"""How much the statistics of a pair of blocks scatter, as earlier measurements say. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.plans.past import Past
from pytest_fmbench.runs.plans.past_pairs import PastPairs
from pytest_fmbench.sla import quantile_of
from pytest_fmbench.stats.detectable import spread_of
from pytest_fmbench.stats.paired import MINIMUM_PAIRS, paired_ratio

STATISTICS = ("ttft.p95", "ttft.mean", "e2e.p95", "e2e.mean")
"""Those whose smallest effect is told."""

PIECES, LEAST = 12, 120
"""Blocks that a run is cut into which holds too few of the pair's length, and requests that it must hold then."""

_WHOLE = 1e-6
"""Of a block: what rounding may take of it."""

Spreads = dict[str, float]
"""By statistic: the standard deviation of a pair's log ratio; without those that nothing tells."""


def of_pairs(past: PastPairs, block_s: float, metrics: Registry[Metric]) -> Spreads:
    """Those of an earlier comparison, for blocks of ``block_s`` seconds."""
    arms = [[_samples(one, metrics) for one in arm] for arm in (past.baseline, past.candidate)]

    def spread(metric: str, q: float | None) -> float:
        before, after = ([block[metric] for block in arm] for arm in arms)
        return paired_ratio(before, after, q).spread

    return _scaled(spread, past.block_s / block_s)


def of_run(past: Past, block_s: float, cut_s: float, metrics: Registry[Metric]) -> Spreads:
    """Those to expect from an earlier run of the baseline alone, for blocks of ``block_s`` seconds.

    :param cut_s: as :func:`cut_length` says.
    """
    cut = blocks_of(past, cut_s, metrics)
    return _scaled(lambda metric, q: spread_of(cut[metric], q), cut_s / block_s)


def cut_length(past: Past, block_s: float) -> float | None:
    """How long the blocks are that an earlier run is cut into, in seconds; None where it is too short to be cut.

    They are of the pair's length where four of them fit, which are the least that show a spread, else shorter.
    """
    seconds = past.measurement.window.seconds
    if math.floor(seconds / block_s + _WHOLE) >= MINIMUM_PAIRS:
        return block_s
    return seconds / PIECES if past.requests >= LEAST else None


def blocks_of(past: Past, block_s: float, metrics: Registry[Metric]) -> dict[str, list[Floats]]:
    """The window of an earlier run, cut into whole blocks of ``block_s`` seconds: samples of each block, by metric."""
    measurement = past.measurement
    whole = math.floor(measurement.window.seconds / block_s + _WHOLE)
    since_ns = measurement.window_requests["begun_ns"].to_numpy() - measurement.window.begin_ns
    places = np.floor_divide(since_ns, block_s * 1e9)
    values = _all_samples(past, metrics)
    return {name: [_known(of_metric[places == nth]) for nth in range(whole)] for name, of_metric in values.items()}


def _samples(past: Past, metrics: Registry[Metric]) -> dict[str, Floats]:
    return {name: _known(values) for name, values in _all_samples(past, metrics).items()}


def _all_samples(past: Past, metrics: Registry[Metric]) -> dict[str, Floats]:
    """One value a request of the window, by metric; NaN where it has none."""
    figures, found = Figures(past.measurement, metrics), {}
    for name in dict.fromkeys(statistic.partition(".")[0] for statistic in STATISTICS):
        values = figures.samples(name)
        if isinstance(values, (Share, Rate)):
            raise TypeError(f"{name} has no value of each request")
        found[name] = values
    return found


def _known(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def _scaled(spread: Callable[[str, float | None], float], times: float) -> Spreads:
    """Blocks m times as long have 1 / sqrt m of the spread.

    :param times: 1 / m.
    """
    found = {}
    for one in STATISTICS:
        metric, _, statistic = one.partition(".")
        found[one] = spread(metric, quantile_of(statistic)) * math.sqrt(times)
    return {name: value for name, value in found.items() if math.isfinite(value)}
