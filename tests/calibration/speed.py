"""What a million requests of 65 tokens cost, all statistics with intervals: ``python -m tests.calibration.speed``."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.samples import Floats

_REQUESTS, _GAPS = 1_000_000, 64


def main() -> None:
    """Print processor seconds, and the peak of the process's memory, the samples included."""
    random = np.random.default_rng(20_261_126)
    latencies = random.lognormal(0.0, 0.5, _REQUESTS)
    _timed(f"{_REQUESTS:,} latencies", lambda: _statistics(latencies))
    kept = latencies <= 2.0
    _timed(f"share of {_REQUESTS:,} requests", lambda: stats.proportion(kept, along=latencies))
    gaps = np.repeat(latencies, _GAPS)
    for at in range(0, gaps.size, _REQUESTS):
        gaps[at : at + _REQUESTS] *= random.exponential(size=_REQUESTS)
    _timed(f"{gaps.size:,} gaps", lambda: _statistics(gaps))


def _statistics(samples: Floats) -> None:
    run = stats.prepare(samples)
    for q in (0.5, 0.9, 0.95, 0.99):
        stats.quantile(run, q)
    stats.mean(run)
    stats.maximum(run)


def _timed(name: str, what: Callable[[], object]) -> None:
    begin = time.process_time()
    what()
    seconds = time.process_time() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(f"{name}: {seconds:.1f} s, {peak:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
