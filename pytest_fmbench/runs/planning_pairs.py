"""What a comparison will take, and the smallest effect that it will find. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.load.arrivals import Load
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.runs.figures import Figures
from pytest_fmbench.runs.history import Found, Past
from pytest_fmbench.runs.planning import Plan, dollars, history_of, minutes_of, window_holds
from pytest_fmbench.sla import quantile_of
from pytest_fmbench.stats.detectable import detectable, spread_of
from pytest_fmbench.stats.paired import MINIMUM_PAIRS

STATISTICS = ("ttft.p95", "ttft.mean", "e2e.p95", "e2e.mean")
"""Those whose smallest effect is told."""

TIMES = (0.5, 1.0, 2.0, 10.0)
"""How much longer the blocks could be, as shares of what the case asks for."""

POWER = 0.9
_WHOLE = 1e-6
"""Of a block: what rounding may take of it."""

PIECES, LEAST = 12, 120
"""Blocks that a run is cut into which holds too few of the pair's length, and requests that it must hold then."""


@dataclass(frozen=True)
class AskedPairs:
    """A comparison that a case asks for.

    :param limits: of one block.
    :param rates: dollars an hour of each server; None of one that is not ours.
    """

    name: str
    baseline: str
    candidate: str
    workload: str
    load: Load
    limits: Limits
    pairs: int
    rates: Sequence[float | None]


def plan_comparison(asked: AskedPairs, found: Found, metrics: Registry[Metric]) -> Plan:
    """The plan of a comparison.

    :param found: what an earlier session measured of the baseline, under the same workload and load.
    """
    blocks, block_s = 2 * asked.pairs, asked.limits.duration_s
    minutes = minutes_of(asked.load, asked.limits, block_s, found.past, times=blocks)
    holds = window_holds(asked.load, asked.limits, found.past)
    cut_s = cut_length(found.past, block_s) if found.past else None
    cut = blocks_of(found.past, cut_s, metrics) if found.past and cut_s else {}
    return {
        "kind": "comparison",
        "name": asked.name,
        "baseline": asked.baseline,
        "candidate": asked.candidate,
        "workload": asked.workload,
        "load": str(asked.load),
        "history": history_of(found) | {"measurements": None, "why": found.why or _too_short(cut)},
        "pairs": asked.pairs,
        "block_s": block_s,
        "warmup_s": asked.limits.warmup_s,
        "requests": {"expected": blocks * holds if found.past and holds else None, "block_holds": holds},
        "minutes": minutes,
        "usd": dollars(asked.rates, minutes),
        "power": POWER,
        "cut_s": cut_s,
        "detectable": [
            {"statistic": name, "spread": spread, "smallest": smallest_effects(spread, asked.pairs, block_s)}
            for name, spread in spreads(cut, block_s / cut_s if cut_s else 1.0).items()
        ],
    }


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
    measurement, figures = past.measurement, Figures(past.measurement, metrics)
    whole = math.floor(measurement.window.seconds / block_s + _WHOLE)
    since_ns = measurement.window_requests["begun_ns"].to_numpy() - measurement.window.begin_ns
    places = np.floor_divide(since_ns, block_s * 1e9)
    cut = {}
    for name in dict.fromkeys(statistic.partition(".")[0] for statistic in STATISTICS):
        values = figures.samples(name)
        if isinstance(values, (Share, Rate)):
            raise TypeError(f"{name} has no value of each request")
        there = ~np.isnan(values)
        cut[name] = [values[there & (places == nth)] for nth in range(whole)]
    return cut


def spreads(cut: dict[str, list[Floats]], times: float = 1.0) -> dict[str, float]:
    """The spread to expect of a pair, by statistic; without those that nothing tells.

    :param times: so many times as long as those that were ``cut`` are the pair's blocks.
    """
    found = {}
    for one in STATISTICS if cut else ():
        metric, _, statistic = one.partition(".")
        found[one] = spread_of(cut[metric], quantile_of(statistic)) / math.sqrt(times)
    return {name: spread for name, spread in found.items() if math.isfinite(spread)}


def smallest_effects(spread: float, pairs: int, block_s: float) -> list[Plan]:
    """The smallest candidate / baseline that is found with :data:`POWER`, at 5 % one-sided, for each of :data:`TIMES`.

    Blocks m times as long have 1 / sqrt m of the spread.
    """
    return [
        {"times": m, "block_s": m * block_s, "ratio": detectable(spread / math.sqrt(m), pairs, power=POWER)}
        for m in TIMES
    ]


def _too_short(cut: dict[str, list[Floats]]) -> str:
    return "" if cut else f"the earlier run is too short to be cut into blocks; {LEAST} requests are the least"
