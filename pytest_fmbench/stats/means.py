"""Means and ratios of sums, with batch-means intervals."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.batches import BATCHES, MINIMUM, batch_variance, student_t
from pytest_fmbench.stats.inputs import finite, tail, unknown


def mean(samples: ArrayLike, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE) -> Estimate:
    """The mean of ``samples``, in ``unit``.

    Interval: mean +- max(t s_b, z s) / sqrt n, where s_b^2 is the variance by batch means with its t quantile, s^2
    that of independent samples with the normal one. Fewer than 10 samples bound nothing.

    Equal samples give an interval of no width. That is right for what is equal by construction, such as a
    forced reply length; of rare values that the run did not meet a mean knows nothing, however wide.

    :raises UsageError: for ``confidence`` outside (0, 1), or a sample that is not finite.
    """
    risk, values = tail(confidence), finite(samples)
    if values.size == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    scale = _power_of_two(float(np.abs(values).max()))
    scaled = values / scale
    first = float(scaled[0])  # means of differences, so that equal samples have exactly their own mean
    value = first + float((scaled - first).mean())
    half_width = _half_width(scaled - first, risk)
    ends = (scale * (value - half_width), scale * (value + half_width))
    return Estimate(scale * value, *ends, values.size, name=name, unit=unit, confidence=confidence)


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


def _half_width(samples: Floats, risk: float) -> float:
    if samples.size < MINIMUM:
        return math.inf
    independent = -NormalDist().inv_cdf(risk) * float(samples.std(ddof=1))
    return max(student_t(risk) * math.sqrt(batch_variance(samples)), independent) / math.sqrt(samples.size)


def _power_of_two(size: float) -> float:
    """A scale that brings ``size`` near 1 without rounding, so that squares neither overflow nor vanish."""
    return math.ldexp(1.0, math.frexp(size)[1] - 1) if size else 1.0


def _check_slices(tops: Floats, bottoms: Floats) -> None:
    if tops.size != bottoms.size:
        raise UsageError(f"a ratio is of pairs, here are {tops.size} numerators and {bottoms.size} denominators")
    negative = np.flatnonzero(bottoms < 0.0)
    if negative.size:
        raise UsageError(f"denominator {negative[0]} is {bottoms[negative[0]]}; it counts from 0")
