"""What intervals are worth under a load with a shape: ``python -m tests.calibration.loads [--replications N] [PAGE]``.

An M/M/8 queue of unit service, asked by the loads themselves. Truth is a statistic of the requests of many runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import takewhile

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.load.arrivals import OpenLoop, poisson, ramp, spike, steps
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats import rounds
from pytest_fmbench.stats.paired import paired_ratio
from tests.calibration.queues import SERVERS
from tests.calibration.tables import Line, make

LENGTH, WARM_UP, CONFIDENCE, SEED = 300.0, 20.0, 0.9, 20_261_126
ROUNDS, PAIRS = 5, 8
LOADS: dict[str, OpenLoop] = {
    "Poisson at 0.7": poisson(0.7 * SERVERS),
    "ramp from 0.3 to 0.9": ramp(0.3 * SERVERS, 0.9 * SERVERS, over=LENGTH),
    "steps of 0.3, 0.6 and 0.9": steps([0.3 * SERVERS, 0.6 * SERVERS, 0.9 * SERVERS], each=LENGTH / 3),
    "spike from 0.4 to 1.5": spike(0.4 * SERVERS, 1.5 * SERVERS, at=0.45 * LENGTH, lasting=0.1 * LENGTH),
}

Estimator = Callable[[Sequence[Floats], float | None], Estimate]


def main() -> int:
    """Print the table, and write it into the page."""
    return make("tests.calibration.loads", {"shapes": _shapes}, 200)


def _shapes(times: int) -> Iterator[Line]:
    yield "| load | measured | p95: covered | upper end open | width | mean: covered | upper end open | width |", True
    yield "|---|---|---|---|---|---|---|---|", True
    ways: dict[str, tuple[int, Estimator]] = {
        "one run": (1, _of_one),
        f"{ROUNDS} rounds": (ROUNDS, _of_rounds),
        f"compared, {PAIRS} pairs": (2 * PAIRS, _of_pairs),
    }
    for name, load in LOADS.items():
        known = np.concatenate([response_times(load, SEED + nth) for nth in range(1_000)])
        for way, (several, estimator) in ways.items():
            groups = [_runs(load, several, nth, paired=estimator is _of_pairs) for nth in range(times)]
            cells = []
            for q in (0.95, None):
                truth = 1.0 if estimator is _of_pairs else float(known.mean() if q is None else np.quantile(known, q))
                cells.append(_cells([estimator(group, q) for group in groups], truth))
            yield f"| {name} | {way} | {' | '.join(cells)} |", True


def response_times(load: OpenLoop, seed: int, service: int = 0) -> Floats:
    """Of the requests of one window, in order (Kiefer and Wolfowitz, 1955).

    :param service: seed of the service times; 0 is another one for each ``seed``.
    """
    ends_ns = (WARM_UP + LENGTH) * 1e9
    arrivals = [*takewhile(lambda at: at < ends_ns, load.offsets(seed, round(WARM_UP * 1e9)))]
    services = np.random.default_rng([seed, service]).exponential(size=len(arrivals))
    free = [0.0] * SERVERS
    heapify(free)
    times = np.empty(len(arrivals))
    for nth, (at_ns, takes) in enumerate(zip(arrivals, services.tolist(), strict=True)):
        end = max(at_ns / 1e9, heappop(free)) + takes
        heappush(free, end)
        times[nth] = end - at_ns / 1e9
    return times[np.searchsorted(arrivals, WARM_UP * 1e9) :]


def _runs(load: OpenLoop, several: int, group: int, *, paired: bool) -> list[Floats]:
    """So many runs; of pairs, two have the same arrivals each."""
    seeds = [several * group + (nth // 2 if paired else nth) for nth in range(several)]
    return [response_times(load, seed, nth % 2 if paired else 0) for nth, seed in enumerate(seeds)]


def _of_one(runs: Sequence[Floats], q: float | None) -> Estimate:
    (samples,) = runs
    if q is None:
        return stats.mean(samples, confidence=CONFIDENCE)
    return stats.quantile(samples, q, confidence=CONFIDENCE)


def _of_rounds(runs: Sequence[Floats], q: float | None) -> Estimate:
    found = rounds.Rounds(runs)
    return rounds.mean(found, confidence=CONFIDENCE) if q is None else rounds.quantile(found, q, confidence=CONFIDENCE)


def _of_pairs(runs: Sequence[Floats], q: float | None) -> Estimate:
    return paired_ratio(runs[::2], runs[1::2], q).estimate(confidence=CONFIDENCE)


def _cells(found: Sequence[Estimate], truth: float) -> str:
    covered = np.mean([one.low <= truth <= one.high for one in found])
    width = np.median([(one.high - one.low) / truth for one in found])
    return f"{covered:.0%} | {np.mean([np.isinf(one.high) for one in found]):.0%} | {width:.0%}".replace("inf%", "-")


if __name__ == "__main__":
    sys.exit(main())
