"""Searches for the capacity of a server whose speed differs from probe to probe, as that of a shared host does.

``python -m tests.calibration.wavering [PAGE]``. M/D/1, at a load of 0.93: requests one after the other, and a limit on
the mean of 7.6 times what one takes alone. Each search may take ten minutes, and wants 20 %.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from itertools import count

import numpy as np

from pytest_fmbench.stats.capacity import LIVES, Aim, Answer, Budget, Scale, Search
from tests.calibration.served import Queue, windows
from tests.calibration.tables import Line, make

_SEARCHES = 300
_LOAD = 0.93
_MINUTES, _BETWEEN_S = 10.0, 4.0
_PRECISION, _NARROW = 0.2, 0.25
_ALONE_S = (0.056, 0.11)
_SPEEDS = ((0.0, 0.0), (0.03, 0.5), (0.07, 0.0), (0.07, 0.7))


def main() -> int:
    """Exit code 0: no bar is set."""
    return make("tests.calibration.wavering", {"wavering": _rows}, _SEARCHES)


def _rows(searches: int) -> Iterator[Line]:
    yield "| a request alone | speed differs by | kept from the last | holds | 25 % wide or less | minutes |", True
    yield "|---|---|---|---|---|---|", True
    for alone_s in _ALONE_S:
        for spread, memory in _SPEEDS:
            yield _row(alone_s, spread, memory, searches), True


def _row(alone_s: float, spread: float, memory: float, searches: int) -> str:
    ended = _searched(alone_s, spread, memory, searches)
    found = [one.found() for one in ended]
    held = sum(one.low <= _LOAD <= one.high for one in found) / searches
    narrow = sum(one.rate > 0.0 and one.high - one.low <= _NARROW * one.rate for one in found) / searches
    minutes = float(np.median([sum(answer.seconds for answer in one.answers) for one in ended])) * alone_s / 60.0
    return f"| {alone_s:.3g} s | {spread:.0%} | {memory:.0%} | {held:.2f} | {narrow:.0%} | {minutes:.1f} |"


def _searched(alone_s: float, spread: float, memory: float, searches: int) -> list[Search]:
    """So many, in units of a request that is alone. A server that is slow is one that is asked for more."""
    random = np.random.default_rng([20_261_126, round(1_000 * spread), round(10 * memory)])
    queue, aim = Queue(1, fixed=True), Aim("mean", 1.0 + _LOAD / 2.0 / (1.0 - _LOAD), Scale.AMOUNT)
    budget = Budget(seconds=_MINUTES * 60.0 / alone_s)
    starts = _LOAD * np.exp(random.uniform(-0.3, 0.3, searches))
    running = [Search([aim], budget, one, precision=_PRECISION, floor=0.01, least_s=LIVES) for one in starts.tolist()]
    state = random.normal(0.0, spread, searches)
    for turn in count():
        asked = [(nth, probe) for nth, one in enumerate(running) if (probe := one.next()) is not None]
        if not asked:
            return running
        state = memory * state + math.sqrt(1.0 - memory**2) * random.normal(0.0, spread, searches)
        slow = np.exp(state)
        rates = [probe.rate * float(slow[nth]) for nth, probe in asked]
        skipped, sizes = [probe.warm_up for _, probe in asked], [probe.requests for _, probe in asked]
        each = windows(queue, rates, skipped, sizes, (round(1_000 * alone_s), turn))
        for (nth, probe), latencies in zip(asked, each, strict=True):
            spent = probe.requests + probe.warm_up
            seconds = spent / probe.rate + _BETWEEN_S / alone_s
            mean = float(latencies.mean() * slow[nth])
            running[nth] = running[nth].after(Answer(probe.rate, probe.requests, (mean,), spent=spent, seconds=seconds))
    raise AssertionError


if __name__ == "__main__":
    sys.exit(main())
