"""Where the steady part of a run begins, and whether it is steady: the warm-up cut and the drift test.

Both look at the samples with what lies far out drawn in, so that a giant outlier decides nothing, and both judge what
they find against the run's own dependence. Constants were chosen by trial on M/M/8 and other queues, and are checked
by ``python -m tests.calibration.steady``; see docs/steady-state.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.stats.dependence import dependence
from pytest_fmbench.stats.inputs import finite, tail, unknown
from pytest_fmbench.stats.student import t_quantile

BATCH = 5
LEAST_FOR_CUT = 20 * BATCH
LEAST_STRETCHES_FOR_CUT = 15.0
PARTS = 10
LEAST_FOR_DRIFT = 10 * PARTS
LEAST_STRETCHES_FOR_DRIFT = 58.0

_FENCE = 10.0
_SLACK = 0.5
_MOST_SLACK = 0.1
_BETTER = 1.25
_APART = 3.0
_LATEST = 0.8
_ROUNDING = 1e-9


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


@dataclass(frozen=True)
class Drift:
    """Whether the level moves over a run.

    :param drifts: whether it surely does, by more than the tolerance.
    :param known: whether the run holds enough independent stretches to tell.
    :param rise: of a straight line through the run, from its begin to its end, in the samples' unit.
    :param level: mean of the samples, with what lies far out drawn in.
    :param why: a sentence for people.
    """

    drifts: bool
    known: bool
    rise: Estimate
    level: float
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
    if values.size < LEAST_FOR_CUT:
        return Cut(0, believable=False, why=f"cannot tell: {values.size} samples show no warm-up; {LEAST_FOR_CUT} may")
    tamed = _tamed(values)[0]
    batches = _means(tamed, values.size // BATCH)
    early, late = _cuts(batches - np.median(batches))
    if late > early and _apart(batches, late):
        return Cut(0, believable=False, why=_not_steady(late / batches.size))
    index = early * BATCH + values.size % BATCH if early and _apart(batches, early) else 0
    stretches = dependence(tamed[index:]).stretches
    if stretches < LEAST_STRETCHES_FOR_CUT:
        return Cut(0, believable=False, why=f"cannot tell: {stretches:.0f} independent stretches, 15 may; run longer")
    return Cut(index, believable=True, why=_cut_off(values, index, unit))


def drift(samples: ArrayLike, *, confidence: float = 0.95, tolerance: float = 0.05, unit: Unit = Unit.SECOND) -> Drift:
    """Whether the level of ``samples``, the steady part in order of sending, moves from its begin to its end.

    Formula: a straight line by least squares through the means of ten equal parts; its rise with Student's t of 8
    degrees of freedom. It drifts where the interval excludes 0 and the rise is more than ``tolerance`` of the mean: a
    false alarm in 1 - ``confidence`` of steady runs at most. Parts that are too short to be independent would raise
    more, so with fewer than 58 independent stretches (of the residuals, see :mod:`~pytest_fmbench.stats.dependence`),
    or fewer than 100 samples, it is not known. ``rise`` never alarms by one outlier: |t| stays below 1.74.

    :raises UsageError: for ``confidence`` outside (0, 1), a negative ``tolerance``, or a sample that is not finite.
    """
    risk, values = tail(confidence), finite(samples)
    if not tolerance >= 0.0:
        raise UsageError(f"tolerance is {tolerance}; it is a share of the mean, from 0")
    if values.size < LEAST_FOR_DRIFT:
        nothing = unknown(values.size, confidence=confidence, name="", unit=unit)
        why = f"cannot tell: {values.size} samples show no drift; {LEAST_FOR_DRIFT} may"
        return Drift(drifts=False, known=False, rise=nothing, level=math.nan, why=why)
    tamed, scale = _tamed(values)
    slope, error = _rise(tamed)
    half = t_quantile(risk, PARTS - 2.0) * error
    ends = (scale * (slope - half), scale * (slope + half))
    rise = Estimate(scale * slope, *ends, values.size, unit=unit, confidence=confidence)
    return _judged(rise, scale * float(tamed.mean()), tolerance, _stretches(tamed))


def _judged(rise: Estimate, level: float, tolerance: float, stretches: float) -> Drift:
    known = stretches >= LEAST_STRETCHES_FOR_DRIFT
    moves = (rise.low > 0.0 or rise.high < 0.0) and abs(rise) > tolerance * abs(level)
    what = f"{rise.interval()} over the run, at a mean of {show(level, rise.unit)}"
    if not known:
        why = f"cannot tell: {stretches:.0f} independent stretches, 58 may; run longer"
    elif moves:
        why = f"not steady: the level moves by {what}; find what changes, or warm up longer"
    else:
        why = f"no drift: the level moves by {what}"
    return Drift(drifts=known and moves, known=known, rise=rise, level=level, why=why)


def _tamed(values: Floats) -> tuple[Floats, float]:
    """``values`` / a power of two that brings them near 1, and that power; what lies far out is drawn in.

    Far out is 10 times as far from the median as p10 or p90 of its side; a side whose spread is 0 has no fence.
    """
    ranks = [(values.size - 1) * tenth // 10 for tenth in (1, 5, 9)]
    low, middle, high = (float(value) for value in np.partition(values, ranks)[ranks])
    below = middle - _FENCE * (middle - low) if low < middle else -math.inf
    above = middle + _FENCE * (high - middle) if high > middle else math.inf
    drawn = np.clip(values, below, above)
    most = float(np.abs(drawn).max())
    scale = math.ldexp(1.0, math.frexp(most)[1] - 1) if most else 1.0
    return drawn / scale, scale


def _means(values: Floats, parts: int) -> Floats:
    """Of ``parts`` equal parts; the rest is left out at the begin."""
    size = values.size // parts
    return np.asarray(values[values.size - parts * size :].reshape(parts, size).mean(axis=1), dtype=np.float64)


def _cuts(batches: Floats) -> tuple[int, int]:
    """The earliest cut in the first half that is as good as the best there; and the best of all, if much better.

    The statistic is a variance, whose relative standard error is sqrt(2 effect / m).
    """
    left = np.arange(1.0, batches.size + 1.0)
    sums, squares = np.cumsum(batches[::-1]), np.cumsum(batches[::-1] ** 2)
    statistic = (np.maximum(0.0, squares - sums**2 / left) / left**2)[::-1]
    rounding = _ROUNDING * float(statistic[0])
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
    return abs(float(away.mean())) > max(_APART * math.sqrt(noise), _ROUNDING * float(np.abs(batches).max()))


def _rise(tamed: Floats) -> tuple[float, float]:
    """Of a line through the means of ten parts, from the run's begin to its end; and its standard error."""
    means, at = _means(tamed, PARTS), (np.arange(PARTS) - (PARTS - 1) / 2.0) / PARTS
    means = means - means.mean()
    square = float(at @ at)
    rise = float(at @ means) / square
    rest = means - rise * at
    return rise, math.sqrt(float(rest @ rest) / (PARTS - 2) / square)


def _stretches(tamed: Floats) -> float:
    """How often a run forgot what it was, apart from its trend, which is no dependence."""
    at = np.linspace(-0.5, 0.5, tamed.size)
    rest = tamed - tamed.mean() - float(at @ tamed) / float(at @ at) * at
    return dependence(rest).stretches if float(np.abs(rest).max()) > _ROUNDING else float(tamed.size)


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
