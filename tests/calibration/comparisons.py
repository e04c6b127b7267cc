"""How often comparisons are right where requests queue.

``python -m tests.calibration.comparisons [--replications N] [PAGE]`` prints the tables, and writes them into a page.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.comparison import Change, Compared
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Flags, Floats, Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.comparison import judge
from pytest_fmbench.stats.contrast import Contrast, paired, stored
from tests.calibration.arms import ALPHA, LOAD, PAIRS, SEED, Row, bounds, bursts, rate, two_arms
from tests.calibration.effects import smallest_effects

Judged = Sequence[Sequence[Compared]]

LIMIT, DRIFT = 3.5, 0.1
QUANTILES: dict[str, float | None] = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "mean": None}
ORDERS: dict[str, Callable[[int], tuple[int, int]]] = {
    "ABBA": lambda k: (2 * k + k % 2, 2 * k + 1 - k % 2),
    "ABAB": lambda k: (2 * k, 2 * k + 1),
}
_SIDES = (Change.REGRESSION, Change.IMPROVEMENT)
_BEGIN, _END = "<!-- rows -->", "<!-- end of rows -->"


def main() -> int:
    """Exit code 1 where more is flagged, or less is found, than stated, beyond what chance explains."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.comparisons")
    parser.add_argument("--replications", type=int, default=1_000)
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    lines, kept = [], True
    for table in (_false_alarms, _drifting, smallest_effects):
        for row, met in table(asked.replications):
            print(row, flush=True)
            lines.append(row)
            kept &= met
        lines.append("")
    if asked.page:
        before, rest = asked.page.read_text("utf-8").split(_BEGIN)
        asked.page.write_text("\n".join((before + _BEGIN, *lines[:-1], _END + rest.split(_END)[1])), "utf-8")
    return 0 if kept else 1


def _false_alarms(runs: int) -> Iterator[Row]:
    yield "| nothing changed | regressions | improvements | coverage of 95 % | half-width / ideal |", True
    yield "|---|---|---|---|---|", True
    turns = [_in_turns(*pair) for pair in two_arms(LOAD, runs, 10_000, SEED)]
    for nth in range(len(turns[0])):
        yield _alone([one[nth] for one in turns])
    yield _alone([_failing(*pair) for pair in bursts(runs, 10_000, SEED + 3, expected=1.5, length=10)])
    cells, met = _flagged([judge(one, alpha=ALPHA) for one in turns])
    yield f"| any of the first five, by Holm | {cells} | | |", met
    apart = [_apart(*pair) for pair in two_arms(LOAD, runs, 10_000, SEED + 1, common=False)]
    for nth in range(len(apart[0])):
        yield _alone([one[nth] for one in apart])


def _in_turns(before: Floats, after: Floats) -> list[Contrast]:
    befores, afters = np.array_split(before, PAIRS), np.array_split(after, PAIRS)
    made = [paired(name, befores, afters, q) for name, q in QUANTILES.items()]
    kept = ([Share(block <= LIMIT) for block in arm] for arm in (befores, afters))
    return [*made, paired(f"share within {LIMIT}", next(kept), next(kept), better="higher")]


def _failing(before: Flags, after: Flags) -> Contrast:
    arms = ([Share(block) for block in np.array_split(arm, PAIRS)] for arm in (before, after))
    return paired("failures, 1.5 bursts of 10", next(arms), next(arms), unit=Unit.SHARE)


def _apart(before: Floats, after: Floats) -> list[Contrast]:
    return [
        stored(*(partial(_estimate, arm, q=q, name=f"{name}, stored baseline") for arm in (before, after)))
        for name, q in (("p95", 0.95), ("mean", None))
    ]


def _estimate(samples: Floats, confidence: float, q: float | None, name: str) -> Estimate:
    if q is None:
        return stats.mean(samples, confidence=confidence, name=name)
    return stats.quantile(samples, q, confidence=confidence, name=name)


def _alone(contrasts: list[Contrast]) -> Row:
    """Each judged as if it were the only one; the margin is none, which hides no false alarm."""
    cells, met = _flagged([judge([one], alpha=ALPHA, margin=0.0) for one in contrasts])
    ratios = [one.ratio(0.95) for one in contrasts]
    covered = float(np.mean([one.low <= 1.0 <= one.high for one in ratios]))
    halves = [math.log(one.high / one.low) / 2.0 for one in ratios if math.isfinite(one.high) and one.low > 0.0]
    bounded = all(0.0 < float(one) < math.inf for one in ratios)
    width = f"{np.median(halves) / (1.96 * np.std(np.log(ratios))):.2f}" if bounded else ""
    return f"| {contrasts[0].name} | {cells} | {covered:.3f} | {width} |", met


def _flagged(runs: Judged) -> Row:
    counts = [sum(any(one.change is side for one in run) for run in runs) for side in _SIDES]
    return " | ".join(rate(count, len(runs)) for count in counts), all(
        bounds(count, len(runs))[0] <= ALPHA for count in counts
    )


def _drifting(runs: int) -> Iterator[Row]:
    yield f"| p95 on a machine that slows by {DRIFT:.0%} | regressions | improvements |", True
    yield "|---|---|---|", True
    pairs = [*two_arms(LOAD, runs, 10_000, SEED + 2)]
    for order, places in ORDERS.items():
        blocks = [_slowing(pair, np.array([places(k) for k in range(PAIRS)], np.float64).T) for pair in pairs]
        cells, met = _flagged([judge([paired("p95", one[0], one[1], 0.95)], alpha=ALPHA, margin=0.0) for one in blocks])
        yield f"| {order} | {cells} |", met or order != "ABBA"
    blocks = [_slowing(pair, np.arange(2.0 * PAIRS).reshape(2, PAIRS)) for pair in pairs]
    contrasts = [_apart(*map(np.concatenate, one))[0] for one in blocks]
    yield f"| all A, then all B | {_flagged([judge([one], alpha=ALPHA, margin=0.0) for one in contrasts])[0]} |", True


def _slowing(pair: Floats, places: Floats) -> list[list[Floats]]:
    """Both arms in blocks; ``places`` says which stretch of time each is."""
    factors = 1.0 + DRIFT * places / (2 * PAIRS - 1)
    return [[*map(np.multiply, np.array_split(arm, PAIRS), by)] for arm, by in zip(pair, factors, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
