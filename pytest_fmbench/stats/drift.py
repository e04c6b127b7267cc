"""Whether a run that should be steady moves.

What is found is judged against the run's own dependence. Constants were chosen by trial on M/M/8 and other queues, and
are checked by ``python -m tests.calibration.steady``; see docs/steady-state.md.
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
from pytest_fmbench.stats.tamed import ROUNDING, means_of, tamed

PARTS = 10
LEAST = 10 * PARTS
LEAST_STRETCHES = 58.0


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
    if values.size < LEAST:
        nothing = unknown(values.size, confidence=confidence, name="", unit=unit)
        why = f"cannot tell: {values.size} samples show no drift; {LEAST} may"
        return Drift(drifts=False, known=False, rise=nothing, level=math.nan, why=why)
    drawn, scale = tamed(values)
    slope, error = _rise(drawn)
    half = t_quantile(risk, PARTS - 2.0) * error
    ends = (scale * (slope - half), scale * (slope + half))
    rise = Estimate(scale * slope, *ends, values.size, unit=unit, confidence=confidence)
    return _judged(rise, scale * float(drawn.mean()), tolerance, _stretches(drawn))


def _judged(rise: Estimate, level: float, tolerance: float, stretches: float) -> Drift:
    known = stretches >= LEAST_STRETCHES
    moves = (rise.low > 0.0 or rise.high < 0.0) and abs(rise) > tolerance * abs(level)
    what = f"{rise.interval()} over the run, at a mean of {show(level, rise.unit)}"
    if not known:
        why = f"cannot tell: {stretches:.0f} independent stretches, 58 may; run longer"
    elif moves:
        why = f"not steady: the level moves by {what}; find what changes, or warm up longer"
    else:
        why = f"no drift: the level moves by {what}"
    return Drift(drifts=known and moves, known=known, rise=rise, level=level, why=why)


def _rise(drawn: Floats) -> tuple[float, float]:
    """Of a line through the means of ten parts, from the run's begin to its end; and its standard error."""
    means, at = means_of(drawn, PARTS), (np.arange(PARTS) - (PARTS - 1) / 2.0) / PARTS
    means = means - means.mean()
    square = float(at @ at)
    rise = float(at @ means) / square
    rest = means - rise * at
    return rise, math.sqrt(float(rest @ rest) / (PARTS - 2) / square)


def _stretches(drawn: Floats) -> float:
    """How often a run forgot what it was, apart from its trend, which is no dependence."""
    at = np.linspace(-0.5, 0.5, drawn.size)
    rest = drawn - drawn.mean() - float(at @ drawn) / float(at @ at) * at
    return dependence(rest).stretches if float(np.abs(rest).max()) > ROUNDING else float(drawn.size)
