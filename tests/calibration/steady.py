"""Warm-up cut, drift and backlog on queues: ``python -m tests.calibration.steady [--replications N] [PAGE]``."""

from __future__ import annotations

import argparse
import sys
import timeit
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pytest_fmbench import stats
from pytest_fmbench.model.samples import Flags, Floats
from pytest_fmbench.stats.backlog import backlog
from pytest_fmbench.stats.drift import drift
from pytest_fmbench.stats.warmup import warm_up
from tests.calibration.queues import true_quantile

SERVERS = 8
WARM_UP = 3_000

_BEGIN, _END = "<!-- rows -->", "<!-- end of rows -->"
_LENGTHS = (1_000, 10_000)
_LOADS = (0.5, 0.8, 0.9)
_SWITCH = 0.01
"""Probability, after each arrival, that a burst begins or ends; it comes four times as fast as the rest."""

Ints = NDArray[np.int64]
Row = tuple[str, bool]
Queue = tuple[Floats, Floats]
"""Arrivals and response times, a row a run, in service times."""


def main() -> int:
    """Exit code 1 where a required figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.steady")
    parser.add_argument("--replications", type=int, default=1_000)
    parser.add_argument("page", nargs="?", type=Path)
    asked = parser.parse_args()
    lines, kept = [], True
    for line, met in _lines(asked.replications):
        print(line, flush=True)
        lines.append(line)
        kept &= met
    if asked.page:
        before, rest = asked.page.read_text("utf-8").split(_BEGIN)
        asked.page.write_text("\n".join((before + _BEGIN, *lines, _END + rest.split(_END)[1])), "utf-8")
    return 0 if kept else 1


def queue(
    load: float, runs: int, n: int, seed: int, *, warm: int = WARM_UP, slow: Floats | None = None, bursts: bool = False
) -> Queue:
    """``runs`` M/M/8 queues of unit service, after ``warm`` requests; request i takes ``slow[i]`` as long."""
    random, rows, at = np.random.default_rng(seed), np.arange(runs), np.zeros(runs)
    work, fast, slow = np.zeros((SERVERS, runs)), np.ones(runs, dtype=bool), np.ones(n) if slow is None else slow
    arrivals, times = np.empty((n, runs)), np.empty((n, runs))
    for i in range(-warm, n):
        gap = random.exponential(1.0 / (SERVERS * load), runs)
        if bursts:
            fast ^= random.random(runs) < _SWITCH
            gap *= np.where(fast, 0.4, 1.6)
        work = np.maximum(0.0, work - gap)
        free = work.argmin(axis=0)
        work[free, rows] += random.exponential(size=runs) * (slow[i] if i >= 0 else 1.0)
        if i >= 0:
            at = at + gap
            arrivals[i], times[i] = at, work[free, rows]
    return np.ascontiguousarray(arrivals.T), np.ascontiguousarray(times.T)


def closed_loop(users: int, runs: int, n: int, seed: int) -> Queue:
    """Each user sends when the reply before has come; replies are exponential."""
    random, rows, due = np.random.default_rng(seed), np.arange(runs), np.zeros((users, runs))
    arrivals, times = np.empty((n, runs)), random.exponential(size=(n, runs))
    for i in range(n):
        user = due.argmin(axis=0)
        arrivals[i] = due[user, rows]
        due[user, rows] += times[i]
    return np.ascontiguousarray(arrivals.T), np.ascontiguousarray(times.T)


def long_replies(runs: int, n: int, seed: int) -> Queue:
    """Some 250 in flight on a server that has room for all: replies of a quarter of the window where n is 1,000."""
    random = np.random.default_rng(seed)
    return random.exponential(1.0 / 500.0, (runs, n)).cumsum(axis=1), random.lognormal(-0.69, 0.3, (runs, n))


def slow_begin(n: int) -> Floats:
    """The first fifth takes three times as long."""
    return np.where(np.arange(n) < n // 5, 3.0, 1.0)


def _lines(runs: int) -> Iterator[Row]:
    tables = {
        "first fifth 3 x slower | requests | cut | not steady | bias of mean | of p95 | required": _slow_rows,
        "no warm-up | requests | cut | of runs | not steady | bias of mean | of p95 | p95 covered | uncut": _whole_rows,
        "drift | requests | cannot tell | drifts at 95 % | at 99 % | required": _drift_rows,
        "backlog | requests | cannot tell | unstable at 90 % | at 98 % | required": _backlog_rows,
    }
    for head, rows in tables.items():
        yield f"| {head} |", True
        yield "|" + "---|" * (head.count("|") + 1), True
        for n in _LENGTHS:
            yield from rows(runs, n)
        yield "", True
    yield from _cost_rows()


def _slow_rows(runs: int, n: int) -> Iterator[Row]:
    slow = slow_begin(n)
    for load in _LOADS:
        steady = _latencies(load, runs, n)
        yield _slow_row(f"M/M/8 at {load}, latencies", steady * slow, steady)
        slowed = queue(load, runs, n, _seed(load, n), slow=slow)[1]
        yield (_slow_row if load < 0.8 else _late_row)(f"M/M/8 at {load}, server", slowed, steady)
    fading = 1.0 + 2.0 * np.exp(-np.arange(n) / (0.05 * n))
    independent = np.random.default_rng(n).lognormal(0.0, 0.5, (runs, n))
    yield _slow_row("lognormal, independent", independent * slow, independent)
    yield _slow_row("the same, fading by e in 5 % of the run", independent * fading, independent, required=False)
    steady = _latencies(0.8, runs, n)
    yield _slow_row("M/M/8 at 0.8, latencies, fading so", steady * fading, steady, required=False)


def _slow_row(name: str, runs: Floats, steady: Floats, *, required: bool = True) -> Row:
    cut, believable = _cuts(runs)
    bias = _biases(runs, cut, believable, steady)
    worst = max(abs(value) for value, _ in bias)
    missed = required and any(abs(value) - 2.0 * error > 0.02 for value, error in bias)
    bound = "< 2 %" + (": **missed**" if missed else ": within the error" if worst > 0.02 else "")
    return (
        f"| {name} | {_cut_columns(cut, believable, runs.shape[1])} | {_shown(bias)} | {bound if required else ''} |",
        not missed,
    )


def _late_row(name: str, runs: Floats, steady: Floats) -> Row:
    """What a slow server left behind reaches beyond the half, so that every cut would be wrong."""
    _, believable = _cuts(runs)
    met = bool(believable.mean() <= 0.05)
    bound = "95 % not steady" if met else "95 % not steady: **missed**"
    return f"| {name} | {steady.shape[1]:,} | - | {1.0 - believable.mean():.1%} | - | - | {bound} |", met


def _whole_rows(runs: int, n: int) -> Iterator[Row]:
    for load in _LOADS:
        steady = _latencies(load, runs, n)
        cut, believable = _cuts(steady)
        bias = _shown(_biases(steady, cut, np.ones(runs, dtype=bool), steady))
        truth, some = true_quantile(0.95, load), range(0, runs, 2)  # the intervals take most of the time
        covered = [_covered(steady[i, cut[i] :], truth) for i in some]
        uncut = [_covered(steady[i], truth) for i in some]
        columns = f"{n:,} | {cut.mean() / n:.1%} | {(cut > 0).mean():.1%} | {1.0 - believable.mean():.1%}"
        yield f"| M/M/8 at {load} | {columns} | {bias} | {np.mean(covered):.3f} | {np.mean(uncut):.3f} |", True


def _drift_rows(runs: int, n: int) -> Iterator[Row]:
    for load in _LOADS:
        steady = _latencies(load, runs, n)
        yield _drift_row(f"M/M/8 at {load}, steady", list(steady), steady=True)
        if load == 0.8:
            after = [run[cut:] for run, cut in zip(steady, _cuts(steady)[0], strict=True)]
            yield _drift_row(f"M/M/8 at {load}, steady, after its cut", after, steady=True)
        for rise in (0.2, 0.5):
            moved = steady * np.linspace(1.0, 1.0 + rise, n)
            yield _drift_row(f"M/M/8 at {load}, latencies + {rise:.0%}", list(moved), steady=False)


def _drift_row(name: str, runs: list[Floats], *, steady: bool) -> Row:
    found = [[drift(run, confidence=level) for run in runs] for level in (0.95, 0.99)]
    unknown = np.mean([not one.known for one in found[0]])
    shares = [float(np.mean([one.drifts for one in level])) for level in found]
    met = not steady or all(share <= _most(risk, len(runs)) for share, risk in zip(shares, (0.05, 0.01), strict=True))
    required = ("5 % and 1 % at most" if met else "5 % and 1 % at most: **missed**") if steady else ""
    n = max(run.size for run in runs)
    return f"| {name} | {n:,} | {unknown:.1%} | {_with_errors(shares, len(runs))} | {required} |", met


def _backlog_rows(runs: int, n: int) -> Iterator[Row]:
    for load in (*_LOADS, 0.95):
        yield _backlog_row(f"M/M/8 at {load}, steady", queue(load, runs, n, _seed(load, n)), stable=True)
    for load in (0.9, 1.0, 1.05, 1.1, 1.3, 3.0):
        began = queue(load, runs, n, _seed(load, n), warm=0)
        yield _backlog_row(f"M/M/8 at {load}, from empty", began, stable=load < 1.0)
    bursts = queue(0.8, runs, n, _seed(0.8, n), bursts=True)
    yield _backlog_row("M/M/8 at 0.8 in bursts, steady", bursts, stable=True)
    yield _backlog_row("250 in flight, from empty", long_replies(runs, n, n), stable=True)
    yield _backlog_row("closed loop of 8 users", closed_loop(8, runs, n, n), stable=True)


def _backlog_row(name: str, found: Queue, *, stable: bool) -> Row:
    arrivals, times = found
    pairs = list(zip(arrivals, arrivals + times, strict=True))
    made = [[backlog(*pair, confidence=level) for pair in pairs] for level in (0.9, 0.98)]
    unknown = np.mean([not one.known for one in made[0]])
    shares = [float(np.mean([one.unstable for one in level])) for level in made]
    met = not stable or all(share <= _most(risk, len(pairs)) for share, risk in zip(shares, (0.05, 0.01), strict=True))
    required = ("5 % and 1 % at most" if met else "5 % and 1 % at most: **missed**") if stable else ""
    return f"| {name} | {arrivals.shape[1]:,} | {unknown:.1%} | {_with_errors(shares, len(pairs))} | {required} |", met


def _cost_rows() -> Iterator[Row]:
    yield "| a million samples, one core | seconds |", True
    yield "|---|---|", True
    random = np.random.default_rng(1)
    times = random.exponential(size=1_000_000)
    arrivals = random.exponential(size=1_000_000).cumsum()
    calls: dict[str, Callable[[], object]] = {"warm_up": partial(warm_up, times), "drift": partial(drift, times)}
    calls["backlog"] = partial(backlog, arrivals, arrivals + times)
    for name, call in calls.items():
        yield f"| `{name}` | {min(timeit.repeat(call, number=1, repeat=3)):.2f} |", True


def _latencies(load: float, runs: int, n: int) -> Floats:
    return queue(load, runs, n, _seed(load, n))[1]


def _seed(load: float, n: int) -> int:
    return round(1_000 * load) + n


def _cuts(runs: Floats) -> tuple[Ints, Flags]:
    found = [warm_up(run) for run in runs]
    return np.array([one.index for one in found]), np.array([one.believable for one in found])


def _biases(runs: Floats, cut: Ints, used: Flags, steady: Floats) -> list[tuple[float, float]]:
    """Of mean and p95 of the runs ``used``, over those of the same queues without a slow begin; and its error."""
    found = []
    for figure in (np.mean, _p95):
        after = np.array([figure(run[at:]) for run, at in zip(runs[used], cut[used], strict=True)])
        whole = np.array([figure(run) for run in steady[used]])
        mean, truth = after.mean(), whole.mean()
        found.append((float(mean / truth) - 1.0, float((after - whole).std() / truth / np.sqrt(after.size))))
    return found


def _p95(run: Floats) -> float:
    return float(np.quantile(run, 0.95))


def _covered(run: Floats, truth: float) -> bool:
    found = stats.quantile(run, 0.95)
    return found.low <= truth <= found.high


def _cut_columns(cut: Ints, believable: Flags, n: int) -> str:
    return f"{n:,} | {cut[believable].mean() / n:.1%} | {1.0 - believable.mean():.1%}"


def _shown(bias: list[tuple[float, float]]) -> str:
    return " | ".join(f"{value:+.1%} ± {error:.1%}" for value, error in bias)


def _with_errors(shares: list[float], runs: int) -> str:
    return " | ".join(f"{share:.1%} ± {np.sqrt(share * (1.0 - share) / runs):.1%}" for share in shares)


def _most(risk: float, runs: int) -> float:
    """The share of alarms that a risk which is kept exceeds in 2 % of such tables."""
    return float(risk + 2.0 * np.sqrt(risk * (1.0 - risk) / runs))


if __name__ == "__main__":
    sys.exit(main())
