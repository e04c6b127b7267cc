"""The smallest effects that comparisons find where requests queue."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.detectable import detectable
from pytest_fmbench.stats.paired import PairedRatio, paired_ratio
from pytest_fmbench.stats.student import t_quantile
from tests.calibration.arms import ALPHA, LOAD, PAIRS, SEED, Row, slower_for, two_arms

POWER = 0.9
_REQUESTS = (10_000, 30_000, 100_000)


def smallest_effects(runs: int) -> Iterator[Row]:
    """By requests. As stated is a prediction that holds where all times grow alike, to a fifth."""
    yield "| requests per arm | statistic | predicted | all times longer | service longer |", True
    yield "|---|---|---|---|---|", True
    for n in _REQUESTS:
        both = [(_ratio(pair, 0.95), _ratio(pair, None)) for pair in two_arms(LOAD, runs, n, SEED + n)]
        for name, found in zip(("p95", "mean"), zip(*both, strict=True), strict=True):
            predicted, longer = _predicted(found), _smallest(found)
            service = _cell(_by_service(float(longer), runs, n)) if name == "p95" else ""
            row = f"| {n:,} | {name} | {predicted - 1.0:.1%} | {_cell(longer)} | {service} |"
            yield row, longer.low - 1.0 <= 1.2 * (predicted - 1.0)


def _cell(ratio: Estimate) -> str:
    return f"{ratio - 1.0:.1%} [{ratio.low - 1.0:.1%}, {ratio.high - 1.0:.1%}]"


def _ratio(pair: Floats, q: float | None) -> PairedRatio:
    before, after = (np.array_split(arm, PAIRS) for arm in pair)
    return paired_ratio(before, after, q)


def _predicted(ratios: Sequence[PairedRatio]) -> float:
    """From each run's own spread; the median."""
    return float(np.median([detectable(one.spread, PAIRS, alpha=ALPHA, power=POWER) for one in ratios]))


def _smallest(ratios: Sequence[PairedRatio], true: float = 1.0) -> Estimate:
    """The ratio that is found in 90 % of runs, with the interval that so many runs give it.

    A candidate whose times are all r times as long has r times the ratio and the same error. So runs whose ``true``
    ratio is another say what would have been found.
    """
    critical = t_quantile(ALPHA, PAIRS - 1)
    missing = [critical * one.error - math.log(one.candidate / one.baseline) for one in ratios]
    found = stats.quantile(missing, POWER)
    value, low, high = (true * math.exp(end) for end in (found, found.low, found.high))
    return Estimate(value, low, high, found.n)


def _by_service(effect: float, runs: int, n: int) -> Estimate:
    """The same where service is longer, and queues with it: from runs whose p95 grows by ``effect`` in theory."""
    pairs = two_arms(LOAD, runs, n, SEED + n + 1, slower=slower_for(effect, 0.95, LOAD))
    return _smallest([_ratio(pair, 0.95) for pair in pairs], effect)
