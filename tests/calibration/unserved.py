"""Searches for the capacity of a server that breaks no objective, however much it is asked: what it serves sets it.

``python -m tests.calibration.unserved [PAGE]``, two minutes: M/M/2 and M/M/8 in simulated time, asked by the search as
a case asks a server, with ``error_rate <= 0%``. No request ever fails, so that the capacity is the rate of service.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.load.arrivals import poisson
from pytest_fmbench.runs.capacities.capacity import Capacity, search
from pytest_fmbench.runs.capacities.probes import Wanted
from pytest_fmbench.sla import parse
from pytest_fmbench.stats.capacity import Budget
from tests.calibration.tables import Line, make
from tests.support.queue_server import SERVICE_S, QueueServer

_SEARCHES = 60
_HOLDS = 0.95
_ROWS = ((2, None, 4_000), (2, 3.0, 4_000), (2, None, 15_000), (2, 3.0, 15_000), (8, None, 15_000), (8, None, 60_000))
"""Servers, the first rate as a multiple of the truth, and the budget."""


def main() -> int:
    """Exit code 1 where intervals hold the truth too rarely."""
    return make("tests.calibration.unserved", {"unserved": _rows}, _SEARCHES)


def _rows(searches: int) -> Iterator[Line]:
    yield "| server | first rate | requests at most | holds the truth | width, median | rate / truth | bar |", True
    yield "|---|---|---|---|---|---|---|", True
    for servers, first, budget in _ROWS:
        truth = servers / SERVICE_S
        start = None if first is None else first * truth
        found = [_searched(servers, start, budget, seed) for seed in range(searches)]
        holds = float(np.mean([one.rate.low <= truth <= one.rate.high for one in found]))
        width = float(np.median([(one.rate.high - one.rate.low) / one.rate for one in found]))
        rate, kept = float(np.median([one.rate / truth for one in found])), holds >= _HOLDS
        asked = "sounded" if first is None else f"{first:g} times the truth"
        bar = "kept" if kept else "**missed**"
        cells = f"{asked} | {budget:,} | {holds:.3f} | {width:.0%} | {rate:.2f} | {bar}"
        yield f"| M/M/{servers} | {cells} |", kept


def _searched(servers: int, start: float | None, budget: int, seed: int) -> Capacity:
    objectives = (parse("error_rate <= 0%", METRICS),)
    wanted = Wanted("it", objectives, METRICS, Budget(budget), poisson, 0.95, 0.1, start)
    return search(wanted, QueueServer(servers=servers, seed=20_261_127 + seed), lambda _: None)


if __name__ == "__main__":
    sys.exit(main())
