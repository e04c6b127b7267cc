"""What a comparison will take, and the smallest effect that it will find. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fmbench.load.arrivals import Load, shape_of
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.runs.plans.past import NEVER, Found
from pytest_fmbench.runs.plans.past_pairs import FoundPairs
from pytest_fmbench.runs.plans.plan import Plan, dollars, history_of, minutes_of, window_holds
from pytest_fmbench.runs.plans.spreads import LEAST, Spreads, cut_length, of_pairs, of_run
from pytest_fmbench.stats.detectable import detectable

TIMES = (0.5, 1.0, 2.0, 10.0)
"""How much longer the blocks could be, as shares of what the case asks for."""

POWER = 0.9


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


def plan_comparison(asked: AskedPairs, earlier: FoundPairs, found: Found, metrics: Registry[Metric]) -> Plan:
    """The plan of a comparison.

    :param earlier: what a session measured of the same comparison.
    :param found: where there is none, what one measured of the baseline alone, under the same workload and load.
    """
    blocks, block_s = 2 * asked.pairs, asked.limits.duration_s
    pace = earlier.past or found.past
    minutes = minutes_of(asked.load, asked.limits, block_s, pace, times=blocks)
    holds = window_holds(asked.load, asked.limits, pace)
    times = (1.0,) if shape_of(asked.load) else TIMES  # longer blocks would hold more of its last rate only
    return {
        "kind": "comparison",
        "name": asked.name,
        "baseline": asked.baseline,
        "candidate": asked.candidate,
        "workload": asked.workload,
        "load": str(asked.load),
        "history": _history(asked.load, earlier, found, block_s),
        "pairs": asked.pairs,
        "block_s": block_s,
        "warmup_s": asked.limits.warmup_s,
        "requests": {"expected": blocks * holds if pace and holds else None, "block_holds": holds},
        "minutes": minutes,
        "usd": dollars(asked.rates, minutes),
        "power": POWER,
        "detectable": [
            {"statistic": name, "spread": spread, "smallest": smallest_effects(spread, asked.pairs, block_s, times)}
            for name, spread in _spreads(asked.load, earlier, found, block_s, metrics).items()
        ],
    }


def smallest_effects(spread: float, pairs: int, block_s: float, times: Sequence[float] = TIMES) -> list[Plan]:
    """The smallest candidate / baseline that is found with :data:`POWER`, at 5 % one-sided, for each of ``times``.

    Blocks m times as long have 1 / sqrt m of the spread.
    """
    return [
        {"times": m, "block_s": m * block_s, "ratio": detectable(spread / math.sqrt(m), pairs, power=POWER)}
        for m in times
    ]


def _spreads(load: Load, earlier: FoundPairs, found: Found, block_s: float, metrics: Registry[Metric]) -> Spreads:
    if earlier.past is not None:
        return of_pairs(earlier.past, block_s, metrics)
    if shape_of(load):
        return {}
    cut_s = cut_length(found.past, block_s) if found.past else None
    return of_run(found.past, block_s, cut_s, metrics) if found.past and cut_s else {}


def _history(load: Load, earlier: FoundPairs, found: Found, block_s: float) -> Plan:
    past = earlier.past
    if past is not None:
        return {"session": past.session, "requests": past.requests, "measurements": None, "of": "comparison", "why": ""}
    why = found.why if earlier.why == NEVER else earlier.why
    if found.past is not None and shape_of(load):
        why = "the earlier run is one block, since a shape cannot be cut"
    elif found.past is not None and cut_length(found.past, block_s) is None:
        why = f"the earlier run is too short to be cut into blocks; {LEAST} requests are the least"
    return history_of(found) | {"measurements": None, "of": "baseline", "why": why}
