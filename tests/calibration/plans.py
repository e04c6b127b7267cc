"""How well a plan foretells a run: ``python -m tests.calibration.plans [--replications N] [PAGE]``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import numpy as np

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.runs.plans.foreseeing import foresee, looks_to_come
from pytest_fmbench.runs.verdicts.sequential import Judged, Strictness
from pytest_fmbench.sla import parse
from tests.calibration.queues import response_times, true_mean, true_quantile
from tests.calibration.tables import Line, make
from tests.support.pasts import past

LOAD, BUDGET, SEED = 0.7, 10_000, 20_261_126
LOOKS = looks_to_come(BUDGET, sequential=True)
_MS = 100.0
"""Of a service."""


def main() -> int:
    """Print the table, and write it into the page."""
    return make("tests.calibration.plans", {"foretold": _foretold})


def _foretold(runs: int) -> Iterator[Line]:
    yield "| objective | truth | earlier run | planned, requests | taken | ended by then |", True
    yield "|---|---|---|---|---|---|", True
    earlier = response_times(LOAD, runs, 2_000, SEED)
    later = response_times(LOAD, runs, BUDGET, SEED + 1)
    for statistic, truth in (("p95", true_quantile(0.95, LOAD)), ("mean", true_mean(LOAD))):
        for inside in (0.2, 0.1):
            objective = f"ttft.{statistic} < {truth / (1.0 - inside) * _MS:.3f}ms"
            taken = _ends(objective, later)
            for requests in (500, 2_000):
                planned = _ends(objective, earlier[:, :requests])
                by_then = np.mean(taken <= planned)
                cells = f"{inside:.0%} inside | {requests:,} | {_spread(planned)} | {_spread(taken)} | {by_then:.0%}"
                yield f"| {statistic} | {cells} |", True


def _ends(objective: str, runs: Floats) -> Floats:
    """At how many requests a window of 10,000 is expected to end, given each of ``runs``; of a whole run, does end."""
    judged = Judged((parse(objective, METRICS),), METRICS, open_loop=False)
    return np.array([_end(judged, (one * _MS).tolist()) for one in runs], np.float64)


def _end(judged: Judged, waits_ms: Sequence[float]) -> int:
    return foresee(judged, Strictness(), past(waits_ms), LOOKS).requests


def _spread(values: Floats) -> str:
    """Median, and where four fifths lie."""
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{middle:,.0f} [{low:,.0f}, {high:,.0f}]"


if __name__ == "__main__":
    sys.exit(main())
