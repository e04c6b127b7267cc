"""How often change points are false alarms, and how small a step is found.

``python -m tests.calibration.history [PAGE]`` prints the tables, and writes them into a page.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.history import ChangePoint, Point, Series
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.runs.histories.changes import NEAR, Sensitivity, change_points
from tests.calibration.arms import bounds, rate
from tests.calibration.tables import Line, make

_SEED = 20_261_126
_NOISE, _BEFORE, _SHARE, _MOST_ALARMS = 0.03, 30, 0.9, 0.05
_FINEST = 0.001
"""To which the smallest step is found."""

Noise = Callable[[np.random.Generator, int], Floats]
"""Figures of so many sessions, of which none differs from the others but by chance."""


@dataclass(frozen=True)
class _Unchanged:
    name: str
    sessions: int
    noise: Noise
    stated: bool = False


def _lognormal(spread: float) -> Noise:
    return lambda random, sessions: np.exp(random.normal(0.0, spread, sessions))


def _like_the_last(random: np.random.Generator, sessions: int) -> Floats:
    """Half of what a session is off by stays in the next."""
    shocks = random.normal(0.0, _NOISE * np.sqrt(0.75), sessions)
    off = np.empty(sessions)
    off[0] = random.normal(0.0, _NOISE)
    for nth in range(1, sessions):
        off[nth] = 0.5 * off[nth - 1] + shocks[nth]
    return np.exp(off)


def _seldom(random: np.random.Generator, sessions: int) -> Floats:
    """An error rate: nothing fails, but for 1 % of the requests of one session in twenty."""
    return np.where(random.random(sessions) < 0.05, 0.01, 0.0)


_UNCHANGED = (
    *(_Unchanged("lognormal, 3 %", n, _lognormal(_NOISE), n == 40) for n in (5, 10, 20, 40, 100, 200)),
    _Unchanged("lognormal, 10 %", 40, _lognormal(0.1)),
    _Unchanged("lognormal, 3 %, half of it stays", 40, _like_the_last),
    _Unchanged("0, but in one session of twenty", 40, _seldom),
)


def main() -> int:
    """Exit code 1 where more than 5 % of series of 40 sessions of unchanged noise have a change point."""
    return make("tests.calibration.history", {"alarms": _alarms, "steps": _steps})


def _alarms(replications: int) -> Iterator[Line]:
    yield "| unchanged noise | sessions | any change point | in the last 5 sessions |", True
    yield "|---|---|---|---|", True
    for nth, one in enumerate(_UNCHANGED):
        random = np.random.default_rng([_SEED, nth])
        found = [_found(one.noise(random, one.sessions)) for _ in range(replications)]
        alarms = sum(map(bool, found))
        late = sum(any(int(point.first) >= one.sessions - 5 for point in points) for points in found)
        cells = " | ".join(rate(count, replications) for count in (alarms, late))
        yield (
            f"| {one.name} | {one.sessions} | {cells} |",
            not one.stated or bounds(alarms, replications)[0] <= _MOST_ALARMS,
        )


def _steps(replications: int) -> Iterator[Line]:
    yield f"| noise | sessions after the step | smallest step found in {_SHARE:.0%} | found | at its very place |", True
    yield "|---|---|---|---|---|", True
    for spread, after in (*((_NOISE, after) for after in (1, 2, 3, 5, 10, 30)), (2 * _NOISE, 10)):
        random = np.random.default_rng([_SEED, 100 + after])
        noise = [_lognormal(spread)(random, _BEFORE + after) for _ in range(replications)]
        low, high = 0, round(1.0 / _FINEST)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _shares(noise, middle * _FINEST)[0] >= _SHARE else (middle, high)
        near, there = _shares(noise, high * _FINEST)
        yield f"| {spread:.0%} | {after} | {high * _FINEST:.1%} | {near:.1%} | {there:.1%} |", True


def _shares(noise: Sequence[Floats], step: float) -> tuple[float, float]:
    """Of series in which a step up is found within two sessions of its place, and at its place."""
    off = [_off(_found(np.concatenate([one[:_BEFORE], one[_BEFORE:] * (1.0 + step)]))) for one in noise]
    return float(np.mean([one <= NEAR for one in off])), float(np.mean([one == 0 for one in off]))


def _off(points: Sequence[ChangePoint]) -> float:
    return min((abs(int(one.first) - _BEFORE) for one in points if one.change is Change.REGRESSION), default=np.inf)


def _found(values: Floats) -> list[ChangePoint]:
    points = tuple(Point(str(nth), float(value), {}) for nth, value in enumerate(values))
    return change_points(Series("", "", "ttft.p95", Unit.SECOND, "lower", points), Sensitivity())


if __name__ == "__main__":
    sys.exit(main())
