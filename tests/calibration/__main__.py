"""Print the table, and write it into a page: ``python -m tests.calibration [--replications N] [PAGE]``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from tests.calibration.queues import response_times, share_above, true_quantile

_HEAD = (
    "| load | requests | statistic | coverage | required | high is inf | half-width / ideal |",
    "|---|---|---|---|---|---|---|",
)
_BEGIN, _END = "<!-- rows -->", "<!-- end of rows -->"
_REQUIRED = {(0.5, 10_000): 0.93, (0.8, 10_000): 0.92, (0.9, 10_000): 0.90}
_LIMIT = {0.5: 3.0, 0.8: 3.5, 0.9: 5.0}
"""For goodput, in service times: near p95."""


def main() -> int:
    """Exit code 1 where the required coverage is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration")
    parser.add_argument("--replications", type=int, default=1_000)
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    lines, kept = list(_HEAD), True
    print(*_HEAD, sep="\n")
    for row, met in _rows(asked.replications):
        print(row, flush=True)
        lines.append(row)
        kept &= met
    if asked.page:
        _write(asked.page, lines)
    return 0 if kept else 1


def _rows(replications: int) -> Iterator[tuple[str, bool]]:
    for n in (10_000, 1_000):
        for load in (0.5, 0.8, 0.9):
            runs = response_times(load, replications, n, seed=round(100 * load) + n)
            for q in (0.5, 0.95, 0.99):
                yield _row(load, f"p{100 * q:g}", runs, _quantile(q), true_quantile(q, load))
            limit = _LIMIT[load]
            yield _row(load, "goodput", runs, _goodput(limit), 1.0 - share_above(limit, load))


def _quantile(q: float) -> Callable[[Floats], Estimate]:
    return lambda run: stats.quantile(run, q)


def _goodput(limit: float) -> Callable[[Floats], Estimate]:
    return lambda run: stats.proportion(run <= limit)


def _row(
    load: float, name: str, runs: Floats, estimate: Callable[[Floats], Estimate], truth: float
) -> tuple[str, bool]:
    n, found = runs.shape[1], [estimate(run) for run in runs]
    covered = float(np.mean([one.low <= truth <= one.high for one in found]))
    unbounded = float(np.mean([math.isinf(one.high) for one in found]))
    halves = [(one.high - one.low) / 2.0 for one in found if math.isfinite(one.high - one.low)]
    width = float(np.median(halves)) / (1.96 * float(np.std(found))) if halves else math.nan
    required = _REQUIRED.get((load, n), 0.90)
    row = f"| {load} | {n:,} | {name} | {covered:.3f} | {required:.2f} | {unbounded:.0%} | {width:.2f} |"
    return row, covered >= required


def _write(page: Path, lines: list[str]) -> None:
    before, rest = page.read_text("utf-8").split(_BEGIN)
    page.write_text("\n".join((before + _BEGIN, *lines, _END + rest.split(_END)[1])), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
