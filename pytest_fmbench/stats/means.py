"""Means and ratios of sums."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.batches import BATCHES, MINIMUM, batch_variance, student_t
from pytest_fmbench.stats.inputs import finite, tail, unknown
from pytest_fmbench.stats.moments import Moments, moments, scaled_series
from pytest_fmbench.stats.prepared import Prepared, prepare
from pytest_fmbench.stats.reach import Reach, reach_of_mean
from pytest_fmbench.stats.student import t_quantile

_SHORT = 200
"""Samples up to which five batches are asked too: so few hardly ever make dependence evident."""

_LEAN_EVIDENT, _LEAN_HIDDEN = 4.0, 3.0
_MOST_SKEWNESS = 3.0
_LEFT, _HARDLY_LEFT = -0.5, -1e-9
"""Skewness below which it is the lower end; that of symmetric samples is 0 but for rounding."""


def mean(
    samples: ArrayLike | Prepared, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE
) -> Estimate:
    """The mean of ``samples``, in ``unit``.

    Interval: mean +- t s sqrt(D / n), where D is the design effect of the samples' own dependence and t is Student's,
    by :func:`~pytest_fmbench.stats.reach.reach_of_mean`. The end on the side of the long tail lies further off, by
    1 + k |g| / sqrt(stretches), where g is the skewness of the samples, 3 at most, and k is 4, or 3 where no
    correlation is evident: the mean of few, skewed stretches is skewed itself (Johnson, "Modified t tests and
    confidence intervals for asymmetrical populations", JASA 73 (1978)). That end counts no more stretches than a
    run of its length is believed to hold, however calm it was. Up to 200 samples it is no narrower than by five
    batch means. Where a run holds fewer than 54 independent stretches, the upper end is infinite, or the lower
    one where the skewness is below -1/2; of fewer than 1,000 samples it lies four times as far off instead. Fewer than
    10 samples bound nothing.

    Equal samples give an interval of no width. That is right for what is equal by construction, such as a
    forced reply length; of rare values that the run did not meet a mean knows nothing, however wide.

    :raises UsageError: for ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    risk, run = tail(confidence), prepare(samples)
    n = run.values.size
    if n == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    found = moments(run.values)
    below, above = _half_widths(run, found, risk)
    ends = (found.scale * (found.mean - below), found.scale * (found.mean + above))
    return Estimate(found.scale * found.mean, *ends, n, name=name, unit=unit, confidence=confidence)


def ratio(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    confidence: float = 0.95,
    name: str = "",
    unit: Unit = Unit.SHARE,
) -> Estimate:
    """Sum of ``numerators`` / sum of ``denominators``, in ``unit``: tokens per second over slices of a window.

    Interval: the classical ratio estimator R +- t s_b sqrt(n) / sum(d), where s_b^2 is the variance by batch means
    of the residuals a_i - R d_i (Cochran, *Sampling Techniques*, 3rd ed., section 6.4). No independent samples
    bound it from below: what falls into one slice is missing in the next. Fewer than 5 slices bound nothing; no
    denominator but 0 gives NaN. ``n`` is the number of slices.

    :raises UsageError: for ``confidence`` outside (0, 1), unequal lengths, a negative denominator, or a value that
        is not finite.
    """
    risk, tops, bottoms = tail(confidence), finite(numerators), finite(denominators)
    _check_slices(tops, bottoms)
    n, total = tops.size, float(bottoms.sum())
    if total == 0.0:
        return unknown(n, confidence=confidence, name=name, unit=unit)
    value = float(tops.sum()) / total
    half_width = math.inf
    if n >= BATCHES:
        half_width = student_t(risk) * math.sqrt(batch_variance(tops - value * bottoms) * n) / total
    return Estimate(value, value - half_width, value + half_width, n, name=name, unit=unit, confidence=confidence)


def _half_widths(run: Prepared, found: Moments, risk: float) -> tuple[float, float]:
    n, least = run.values.size, 0.0
    if n < MINIMUM:
        return math.inf, math.inf
    if n <= _SHORT:
        least = student_t(risk) * math.sqrt(batch_variance(run.values / found.scale) / n)
    return half_widths(n, found, reach_of_mean(scaled_series(run.values, found), run.centre), risk, least)


def half_widths(n: int, found: Moments, reached: Reach, risk: float, least: float = 0.0) -> tuple[float, float]:
    """How far the interval of :func:`mean` reaches below and above it, in units of the scale.

    :param n: number of samples.
    :param least: the half-width is no less.
    """
    if n < MINIMUM:
        return math.inf, math.inf
    if found.deviation == 0.0:
        return 0.0, 0.0
    t = reached.t(risk) if reached.evident else t_quantile(risk, n - 1.0)
    error = found.deviation * math.sqrt(reached.effect / n)
    half_width, hidden = (max(least, one * error) for one in (t, reached.t_hidden(risk, n)))
    far = reached.opened(hidden * _lean(found.skewness, reached, n), n)
    leans_left = found.skewness < (_LEFT if reached.open else _HARDLY_LEFT)
    return (far, half_width) if leans_left else (half_width, far)


def _lean(skewness: float, reached: Reach, n: int) -> float:
    """How many times further the end on the side of the long tail lies."""
    factor = _LEAN_EVIDENT if reached.evident else _LEAN_HIDDEN
    return 1.0 + factor * min(_MOST_SKEWNESS, abs(skewness)) / math.sqrt(min(reached.stretches, reached.believed(n)))


def _check_slices(tops: Floats, bottoms: Floats) -> None:
    if tops.size != bottoms.size:
        raise UsageError(f"a ratio is of pairs, here are {tops.size} numerators and {bottoms.size} denominators")
    negative = np.flatnonzero(bottoms < 0.0)
    if negative.size:
        raise UsageError(f"denominator {negative[0]} is {bottoms[negative[0]]}; it counts from 0")
