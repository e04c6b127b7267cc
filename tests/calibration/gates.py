"""How often gates err, and how soon they decide: ``python -m tests.calibration.gates [--table NAME] [PAGE]``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.sla.deciding import open_gate
from pytest_fmbench.stats.looks import Spending, look_risk, planned_looks, spend
from pytest_fmbench.stats.warmup import warm_up
from tests.calibration.queues import response_times, share_above, true_mean, true_quantile
from tests.calibration.tables import Line, make

BUDGET = 10_000
LOOKS = planned_looks(BUDGET)
RISK = 0.05

Seen = list[list[Estimate]]
"""Of each run, the estimates at each look."""

_SHORT = [look.requests for look in LOOKS].index(1_250)
_HEAD = (
    "| load | objective | truth | passed | failed | decided | requests, median | bar | plain, 1,250 | plain, 10,000 |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
_SPENDING_HEAD = (
    "| risk spent | wrong, at the limit | decided there | 7% inside | requests, 10% inside | 20% inside |",
    "|---|---|---|---|---|---|",
)
_TRUTHS = (*((inside, 0.05) for inside in (0.2, 0.1, 0.05, 0.0, -0.05, -0.1, -0.2)), (0.0, 0.0))
"""How far inside the limit the truth lies, as a share of it, and the tolerance."""


@dataclass(frozen=True)
class Promise:
    """What is promised of a queue, and how it is estimated at a level."""

    name: str
    operator: str
    truth: float
    estimate: Callable[[stats.Prepared, float], Estimate]

    def objective(self, inside: float) -> Objective:
        """With a limit that the truth keeps by ``inside`` of it."""
        limit = self.truth / (1.0 - inside if self.operator == "<" else 1.0 + inside)
        return Objective(f"{self.name} {self.operator} {limit}", self.name, None, self.operator, limit)


@dataclass(frozen=True)
class Tried:
    """What came of a gate, one entry a run."""

    outcomes: tuple[Outcome, ...]
    requests: tuple[int, ...]

    def share(self, outcome: Outcome) -> float:
        """Of the runs."""
        return self.outcomes.count(outcome) / len(self.outcomes)


def main() -> int:
    """Exit code 1 where a bar is missed."""
    return make("tests.calibration.gates", _TABLES)


def _rows(replications: int) -> Iterator[Line]:
    """Cases of one objective."""
    yield from ((line, True) for line in _HEAD)
    promised = promises(0.7)
    levels = levels_of(RISK)
    for promise, seen in zip(promised, observe(_runs(0.7, replications), [(p, levels) for p in promised]), strict=True):
        yield from _rows_of(0.7, promise, seen)


def _cases(replications: int) -> Iterator[Line]:
    """Cases of three objectives, the first of which is as far as it says and the others 20 % inside."""
    yield from ((line, True) for line in _HEAD)
    promised = promises(0.7)
    levels = levels_of(RISK / len(promised))
    seen = observe(_runs(0.7, replications), [(promise, levels) for promise in promised])
    for inside in (0.1, -0.1):
        objectives = [one.objective(0.2 if nth else inside) for nth, one in enumerate(promised)]
        tried = decide(objectives, seen, 0.05)
        yield _row(f"0.7 | all three | p95 {_words(inside)}", tried, inside, 0.05, "- | - |", judged=True)


def _saturated(replications: int) -> Iterator[Line]:
    """Near saturation, where no bar is set."""
    yield from ((line, True) for line in _HEAD)
    promise = promises(0.9)[0]
    [seen] = observe(_runs(0.9, replications), [(promise, levels_of(RISK))])
    yield from _rows_of(0.9, promise, seen)


def _spending(replications: int) -> Iterator[Line]:
    """Ways to spend the risk."""
    yield from ((line, True) for line in _SPENDING_HEAD)
    promise = promises(0.7)[0]
    asked = [(promise, levels_of(RISK, spending)) for spending in SPENDINGS.values()]
    for name, seen in zip(SPENDINGS, observe(_runs(0.7, replications), asked), strict=True):
        yield _spending_row(name, promise, seen), True


def _settled(replications: int) -> Iterator[Line]:
    """The same gates where each look leaves out what it takes for a warm-up, though there is none."""
    yield from ((line, True) for line in _HEAD)
    promised = promises(0.7)
    levels = levels_of(RISK)
    asked = [(promise, levels) for promise in promised]
    for promise, seen in zip(promised, observe(_runs(0.7, replications), asked, steady_part), strict=True):
        yield from _rows_of(0.7, promise, seen)


_TABLES = {"rows": _rows, "cases": _cases, "saturated": _saturated, "spending": _spending, "settled": _settled}


def steady_part(run: Floats) -> Floats:
    """``run`` without what is taken for its warm-up."""
    return run[warm_up(run).index :]


def _runs(load: float, replications: int) -> Floats:
    return response_times(load, replications, BUDGET, seed=round(10_000 * load) + 10)


def promises(load: float) -> list[Promise]:
    """On the p95 and the mean of the response time, and on the share below its p72."""
    target, p95 = true_quantile(0.72, load), true_quantile(0.95, load)
    return [
        Promise("p95", "<", p95, lambda run, level: stats.quantile(run, 0.95, confidence=level)),
        Promise("mean", "<", true_mean(load), lambda run, level: stats.mean(run, confidence=level)),
        Promise(
            "goodput",
            ">",
            1.0 - share_above(target, load),
            lambda run, level: stats.proportion(run.values <= target, along=run, confidence=level),
        ),
    ]


def levels_of(risk: float, spending: Spending = spend) -> list[float]:
    """The two-sided level at each look."""
    return [1.0 - 2.0 * look_risk(LOOKS[: nth + 1], risk, spending) for nth in range(len(LOOKS))]


def observe(
    runs: Floats, asked: Sequence[tuple[Promise, list[float]]], part: Callable[[Floats], Floats] = lambda run: run
) -> list[Seen]:
    """What is seen of ``runs``, by each promise at its levels.

    :param part: what a look takes of the requests that it could have.
    """
    seen: list[Seen] = [[] for _ in asked]
    for run in runs:
        parts = [stats.prepare(part(run[: look.requests])) for look in LOOKS]
        for found, (promise, levels) in zip(seen, asked, strict=True):
            found.append([promise.estimate(part, level) for part, level in zip(parts, levels, strict=True)])
    return seen


def decide(objectives: Sequence[Objective], seen: Sequence[Seen], tolerance: float) -> Tried:
    """What a gate makes of what is seen, one list an objective."""
    ends = []
    for run in zip(*seen, strict=True):
        gate = open_gate(objectives, lambda _: Unit.SECOND, tolerance=tolerance)
        for look, *estimates in zip(LOOKS, *run, strict=True):
            gate = gate.after(look, estimates) if gate.go_on else gate
        ends.append(gate)
    return Tried(tuple(end.outcome for end in ends), tuple(end.looks[-1].requests for end in ends))


def _rows_of(load: float, promise: Promise, seen: Seen) -> Iterator[Line]:
    for inside, tolerance in _TRUTHS:
        tried = decide([promise.objective(inside)], [seen], tolerance)
        plain = " | ".join(f"{_flips(promise.objective(inside), seen, nth):.1%}" for nth in (_SHORT, -1))
        truth = _words(inside) + ("" if tolerance else ", no tolerance")
        yield _row(f"{load} | {promise.name} | {truth}", tried, inside, tolerance, f"{plain} |", judged=load == 0.7)


def _row(start: str, tried: Tried, inside: float, tolerance: float, end: str, *, judged: bool) -> Line:
    passed, failed, typical = tried.share(Outcome.PASS), tried.share(Outcome.FAIL), float(np.median(tried.requests))
    wrong = failed if inside > 0.0 else passed
    bars = {
        0.2: wrong <= 0.02 and typical <= 0.4 * BUDGET,
        0.1: wrong <= 0.02 and passed + failed >= 0.8,
        0.05: wrong <= RISK,
    }
    if not tolerance:
        bars[0.0] = max(passed, failed) <= RISK
    kept = not judged or bars.get(abs(inside), True)
    bar = "" if not judged or abs(inside) not in bars else "kept" if kept else "**missed**"
    shares = " | ".join(f"{one:.1%}" for one in (passed, failed, passed + failed))
    return f"| {start} | {shares} | {typical:,.0f} | {bar} | {end}", kept


def _flips(objective: Objective, seen: Seen, nth: int) -> float:
    """How often two runs contradict each other where the point estimate of a look is compared with the limit."""
    held = sum(objective.holds(run[nth]) for run in seen) / len(seen)
    return 2.0 * held * (1.0 - held)


def _words(inside: float) -> str:
    return f"{abs(inside):.0%} {'inside' if inside > 0.0 else 'beyond'}" if inside else "at the limit"


def _obrien_fleming(share: float) -> float:
    """Spends next to nothing early (Lan and DeMets, 1983), for a one-sided risk of 5 %."""
    normal = NormalDist()
    return 2.0 * normal.cdf(normal.inv_cdf(RISK / 2.0) / math.sqrt(share)) / RISK


SPENDINGS: dict[str, Spending] = {
    "evenly": lambda share: share,
    "as the power 1.5": spend,
    "as the square": lambda share: share**2,
    "as the cube": lambda share: share**3,
    "as O'Brien and Fleming": _obrien_fleming,
}


def _spending_row(name: str, promise: Promise, seen: Seen) -> str:
    """Verdicts by the p95 alone; 'wrong' is a pass without tolerance, which truth at the limit denies."""
    low, high = np.moveaxis(np.array([[(one.low, one.high) for one in run] for run in seen]), 2, 0)
    decided, requests = {}, {}
    for inside in (0.0, 0.07, 0.1, 0.2):
        limit = promise.objective(inside).limit
        at = (high < limit) | (low >= limit) | ((low >= 0.95 * limit) & (high <= 1.05 * limit))
        sizes = np.array([look.requests for look in LOOKS])[at.argmax(axis=1)]
        decided[inside] = float(at.any(axis=1).mean())
        requests[inside] = float(np.median(np.where(at.any(axis=1), sizes, BUDGET)))
    wrong = float((high < promise.truth).any(axis=1).mean())
    shares = " | ".join(f"{one:.1%}" for one in (wrong, decided[0.0], decided[0.07]))
    return f"| {name} | {shares} | {requests[0.1]:,.0f} | {requests[0.2]:,.0f} |"


if __name__ == "__main__":
    sys.exit(main())
