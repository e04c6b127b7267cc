"""How often searches find the capacity of servers that are known: ``python -m tests.calibration.capacity [PAGE]``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.capacity import LIVES, Aim, Answer, Budget, Found, Scale, Search
from pytest_fmbench.stats.capacity.combined import Evidence
from pytest_fmbench.stats.capacity.probes import WARM_UP
from tests.calibration.queues import true_mean, true_quantile
from tests.calibration.served import Batching, Queue, Served, windows
from tests.calibration.tables import Line, make

SEARCHES = 300
BUDGET = 200_000
CONFIDENCE = 0.95
COVERAGE, WIDTH, OF_GRID = 0.92, 0.10, 0.5

_RATES = np.geomspace(0.5, 2.0, 10)
_PIECES = 10
_HEAD = (
    "| server | objective | capacity | holds the truth | below it, above it | width | as narrow as wanted | requests, "
    "median, 90 % | of a grid's | bar |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Case:
    """A server, what is promised of it, and its true capacity.

    :param scores: of latencies, by each aim.
    :param judged: whether the bars are set for it.
    """

    name: str
    served: Served
    aims: tuple[Aim, ...]
    scores: tuple[Callable[[Floats], Floats], ...]
    capacity: float
    judged: bool = True

    def means(self, latencies: Floats) -> tuple[float, ...]:
        """The mean score by each aim."""
        return tuple(float(one(latencies).mean()) for one in self.scores)


def beyond(limit: float) -> Callable[[Floats], Floats]:
    """Scores of a percentile: 1 for what takes longer."""
    return lambda latencies: (latencies > limit).astype(np.float64)


def itself(latencies: Floats) -> Floats:
    """Scores of a mean."""
    return latencies


def queue_cases() -> list[Case]:
    """M/M/8, whose limits are those that theory gives at a load."""
    queue = Queue()
    p95, p90, mean = true_quantile(0.95, 0.85), true_quantile(0.9, 0.8), true_mean(0.9)
    both = (beyond(p95), itself)
    return [
        Case("p95", queue, (Aim("p95", 0.05),), (beyond(p95),), 8 * 0.85),
        Case("goodput 90 %", queue, (Aim("goodput", 0.1),), (beyond(p90),), 8 * 0.8),
        Case("mean", queue, (Aim("mean", mean, Scale.AMOUNT),), (itself,), 8 * 0.9),
        Case("p95 and mean", queue, (Aim("p95", 0.05), Aim("mean", mean, Scale.AMOUNT)), both, 8 * 0.85),
        Case("p95", queue, (Aim("p95", 0.05),), (beyond(true_quantile(0.95, 0.95)),), 8 * 0.95, judged=False),
    ]


BATCHING_P95, BATCHING_MEAN = 0.10552, 0.12157
"""Rates at which 5 % of 10 million requests take longer than 25, and at which the mean is 15; the table `truth`."""


def batching_cases() -> list[Case]:
    """Continuous batching, whose capacity is simulated."""
    served = Batching()
    return [
        Case("p95", served, (Aim("p95", 0.05),), (beyond(25.0),), BATCHING_P95),
        Case("mean", served, (Aim("mean", 15.0, Scale.AMOUNT),), (itself,), BATCHING_MEAN),
    ]


def main() -> int:
    """Exit code 1 where a bar is missed."""
    return make("tests.calibration.capacity", _TABLES, SEARCHES)


def _rows(searches: int) -> Iterator[Line]:
    yield from ((line, True) for line in _HEAD)
    for nth, case in enumerate((*queue_cases(), *batching_cases())):
        yield _row(case, searched(case, searches, nth), nth)


def _truth(_: int) -> Iterator[Line]:
    """The batching server at what is taken for its capacity."""
    yield "| objective | rate | simulated there, of its limit |", True
    yield "|---|---|---|", True
    for case in batching_cases():
        each = [
            case.scores[0](
                case.served.latencies(np.full(500, case.capacity), 12_000, np.random.default_rng([5, nth]))[2_000:]
            )
            for nth in range(2)
        ]
        runs = np.concatenate([one.mean(axis=0) for one in each]) / case.aims[0].limit
        error = float(runs.std()) / math.sqrt(runs.size)
        away = abs(float(runs.mean()) - 1.0)
        yield f"| {case.name} | {case.capacity:.5g} | {runs.mean():.3f} ± {error:.3f} |", away <= 4.0 * error


def _budgets(searches: int) -> Iterator[Line]:
    """What small budgets are worth."""
    yield (
        "| server | objective | requests at most | holds the truth | has both ends | width of these | rate / truth |",
        True,
    )
    yield "|---|---|---|---|---|---|---|", True
    fixed = Case("mean", Queue(1, fixed=True), (Aim("mean", 2.5, Scale.AMOUNT),), (itself,), 0.75)
    for case in (queue_cases()[0], fixed):
        for budget in (500, 2_000, 8_000, 32_000):
            yield _budget(case, searches, budget)


def _budget(case: Case, searches: int, budget: int) -> Line:
    found = [one.found() for one in searched(case, searches, 10, budget)]
    held = _shares(found, case.capacity)[0]
    both = [one.width for one in found if one.low > 0.0 and one.high < math.inf]
    rates = np.quantile([one.rate for one in found], (0.25, 0.5, 0.75)) / case.capacity
    cells = (
        case.served.name,
        case.name,
        f"{budget:,}",
        f"{held:.3f}",
        f"{len(both) / len(found):.0%}",
        f"{float(np.median(both)):.0%}" if both else "-",
        f"{rates[1]:.2f}, half of them {rates[0]:.2f} to {rates[2]:.2f}",
    )
    return f"| {' | '.join(cells)} |", held >= COVERAGE


_TABLES = {"rows": _rows, "budgets": _budgets, "truth": _truth}


def searched(case: Case, searches: int, seed: int, budget: int = BUDGET) -> list[Search]:
    """So many searches, each from a first rate of its own, a third of the capacity to 1.6 times as much."""
    random = np.random.default_rng([20_261_126, seed])
    starts = case.capacity * np.exp(random.uniform(-1.1, 0.5, searches))
    running = [
        Search(case.aims, Budget(budget), start, CONFIDENCE, least_s=LIVES * case.served.alone)
        for start in starts.tolist()
    ]
    for turn in count():
        asked = [(nth, probe) for nth, one in enumerate(running) if (probe := one.next()) is not None]
        if not asked:
            return running
        rates, skipped, sizes = zip(*((one.rate, one.warm_up, one.requests) for _, one in asked), strict=True)
        for (nth, probe), latencies in zip(
            asked, windows(case.served, rates, skipped, sizes, (seed, turn)), strict=True
        ):
            spent = probe.requests + probe.warm_up
            answer = Answer(probe.rate, probe.requests, case.means(latencies), spent=spent)
            running[nth] = running[nth].after(answer)
    raise AssertionError


def grid(case: Case, requests: int, searches: int, seed: int) -> float:
    """The median width of intervals made of ten rates, from half to twice the capacity, of so many requests each.

    Each rate has ten runs, and the curve is fitted as a search does.
    """
    size = max(1, math.ceil(requests / _PIECES / (1.0 + WARM_UP)))
    rates = np.tile(np.repeat(case.capacity * _RATES, _PIECES), searches)
    skipped, sizes = [math.ceil(WARM_UP * size)] * rates.size, [size] * rates.size
    latencies = windows(case.served, rates.tolist(), skipped, sizes, (seed, 1_000))
    answers = [Answer(rate, size, case.means(one)) for rate, one in zip(rates.tolist(), latencies, strict=True)]
    each = len(_RATES) * _PIECES
    found = [
        Evidence(case.aims, answers[at : at + each], CONFIDENCE).found(case.capacity)
        for at in range(0, len(answers), each)
    ]
    return float(np.median([one.width for one in found]))


def of_grid(case: Case, width: float, spent: float, seed: int) -> float:
    """The requests of a search, over those of a grid whose intervals are as narrow."""
    requests, tried = spent / len(_RATES), 0.0
    for _ in range(3):
        tried = grid(case, math.ceil(requests), 20, seed)
        if tried <= width:
            break
        requests *= min((tried / width) ** 2, 4.0) if math.isfinite(tried) else 4.0
    return spent / (requests * len(_RATES))


def _row(case: Case, ended: Sequence[Search], seed: int) -> Line:
    found = [one.found() for one in ended]
    held, low, high = _shares(found, case.capacity)
    width = float(np.median([one.width for one in found]))
    spent = [sum(answer.spent for answer in one.answers) for one in ended]
    median, most = float(np.median(spent)), float(np.quantile(spent, 0.9))
    share = of_grid(case, width, median, seed)
    kept = held >= COVERAGE and width <= WIDTH and share <= OF_GRID
    bar = ("kept" if kept else "**missed**") if case.judged else ""
    error = math.sqrt(held * (1.0 - held) / len(found))
    precise = sum(one.precise for one in found) / len(found)
    cells = (
        case.served.name,
        case.name,
        f"{case.capacity:.4g}",
        f"{held:.3f} ± {error:.3f}",
        f"{low:.1%}, {high:.1%}",
        f"{width:.1%}",
        f"{precise:.0%}",
        f"{median:,.0f}, {most:,.0f}",
        f"{share:.0%}",
        bar,
    )
    return f"| {' | '.join(cells)} |", kept or not case.judged


def _shares(found: Sequence[Found], truth: float) -> tuple[float, float, float]:
    """Of the intervals that hold the truth, that lie below it and above it."""
    below = sum(one.high < truth for one in found) / len(found)
    above = sum(one.low > truth for one in found) / len(found)
    return 1.0 - below - above, below, above


if __name__ == "__main__":
    sys.exit(main())
