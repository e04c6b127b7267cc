"""Where the steady part of a run begins.

What is found is judged against the run's own dependence. Constants were chosen by trial on M/M/8 and other queues, and
are checked by ``python -m tests.calibration.steady``; see docs/steady-state.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.stats.dependence import dependence
from pytest_fmbench.stats.inputs import finite
from pytest_fmbench.stats.tamed import ROUNDING, means_of, tamed

BATCH = 5
LEAST = 20 * BATCH
LEAST_STRETCHES = 15.0

_SLACK = 0.5
_MOST_SLACK = 0.1
_BETTER = 1.25
_APART = 3.0
_LATEST = 0.8


@dataclass(frozen=True)
class Cut:
    """Where the steady part of a run begins.

    :param index: its first sample; 0 where nothing is cut, and where no cut is believable.
    :param believable: whether what begins there is surely steady; False where the run moves, or is too short to tell.
    :param why: a sentence for people.
    """

    index: int
    believable: bool
    why: str


def warm_up(samples: ArrayLike, *, unit: Unit = Unit.SECOND) -> Cut:
    """Where the steady part of ``samples``, in order of sending, begins.

    Formula: of the cuts d in the first half, the earliest whose MSER-5 statistic, the sum of squared deviations of the
    m - d means of five that are left / (m - d)^2, is as good as the least one, to half a standard error of it (10 % at
    most). It is taken where the part before it, without its most extreme mean, lies more than 3 dependence-aware
    standard errors from the rest. Where a cut beyond the half (up to 80 %) is better by a quarter, the run is not
    steady. Nothing is believed of fewer than 100 samples, nor where the rest holds fewer than 15 independent
    stretches: one long excursion of a queue and a warm-up look alike. Source: White, "An effective truncation
    heuristic for bias reduction in simulation output", Simulation 69 (1997); for MSER-5 White, Cobb and Spratt,
    Proceedings of the Winter Simulation Conference (2000).

    :raises UsageError: for a sample that is not finite.
    """
    values = finite(samples)
    if values.size < LEAST:
        return Cut(0, believable=False, why=f"cannot tell: {values.size} samples show no warm-up; {LEAST} may")
    drawn = tamed(values)[0]
    batches = means_of(drawn, values.size // BATCH)
    early, late = _cuts(batches - np.median(batches))
    if late > early and _apart(batches, late):
        return Cut(0, believable=False, why=_not_steady(late / batches.size))
    index = early * BATCH + values.size % BATCH if early and _apart(batches, early) else 0
    stretches = dependence(drawn[index:]).stretches
    if stretches < LEAST_STRETCHES:
        return Cut(0, believable=False, why=f"cannot tell: {stretches:.0f} independent stretches, 15 may; run longer")
    return Cut(index, believable=True, why=_cut_off(values, index, unit))


def _cuts(batches: Floats) -> tuple[int, int]:
    """The earliest cut in the first half that is as good as the best there; and the best of all, if much better.

    The statistic is a variance, whose relative standard error is sqrt(2 effect / m).
    """
    left = np.arange(1.0, batches.size + 1.0)
    sums, squares = np.cumsum(batches[::-1]), np.cumsum(batches[::-1] ** 2)
    statistic = (np.maximum(0.0, squares - sums**2 / left) / left**2)[::-1]
    rounding = ROUNDING * float(statistic[0])
    half, whole = statistic[: batches.size // 2 + 1], statistic[: int(_LATEST * batches.size)]
    noise = math.sqrt(2.0 * dependence(batches[batches.size // 2 :]).effect / batches.size)
    early = int(np.argmax(half <= half.min() * (1.0 + min(_MOST_SLACK, _SLACK * noise)) + rounding))
    better = whole.min() * _BETTER + rounding < half.min()
    return early, int(whole.argmin()) if better else early


def _apart(batches: Floats, at: int) -> bool:
    """Whether what lies before ``at`` differs from the rest by more than chance; one outlier alone never does."""
    rest = batches[at:]
    away = batches[:at] - rest.mean()
    if at > 1:
        away = np.delete(away, np.abs(away).argmax())
    noise = float(rest.var()) * dependence(rest).effect * (1.0 / at + 1.0 / rest.size)
    return abs(float(away.mean())) > max(_APART * math.sqrt(noise), ROUNDING * float(np.abs(batches).max()))


def _cut_off(values: Floats, index: int, unit: Unit) -> str:
    if not index:
        return "no warm-up: the run's begin differs no more than the run itself wanders"
    before, after = (show(_middle(part), unit) for part in (values[:index], values[index:]))
    return f"warm-up: the first {index} of {values.size} samples have a median of {before}, the rest of {after}"


def _middle(values: Floats) -> float:
    """The upper of their medians, which no sum can overflow."""
    half = values.size // 2
    return float(np.partition(values, half)[half])


def _not_steady(share: float) -> str:
    return f"not steady: the best cut lies at {share:.0%} of the run, beyond its half; warm up or run longer"
