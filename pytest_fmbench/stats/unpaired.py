"""Ratios of two deployments that were measured apart: a stored baseline."""

from __future__ import annotations

import math

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.inputs import unknown
from pytest_fmbench.stats.logs import around, log, quotient


def unpaired_ratio(baseline: Estimate, candidate: Estimate, *, name: str = "") -> Estimate:
    """``candidate`` / ``baseline``, each with its own interval; ``n`` is the smaller number of samples.

    Interval, on the logarithmic scale: l = c - b - sqrt((c - c_low)^2 + (b_high - b)^2), and mirrored above, so that
    skewed intervals stay skewed and half-open ones half-open. Source: Zou and Donner, "Construction of confidence
    limits about effect measures: a general approach", Statistics in Medicine 27 (2008). Where a value is 0, its
    logarithm does not exist, and the ends are the safe c_low / b_high and c_high / b_low. NaN in (-inf, inf) if a
    value is unknown or negative.

    It covers the noise within both runs, not what changed between them: another day, machine or neighbour.

    :raises UsageError: for intervals of different levels.
    """
    if baseline.confidence != candidate.confidence:
        raise UsageError(
            f"the intervals of a ratio are of one level, these are {baseline.confidence} and {candidate.confidence}"
        )
    n, level = min(baseline.n, candidate.n), candidate.confidence
    before, after = float(baseline), float(candidate)
    if not (after >= 0.0 and before >= 0.0):
        return unknown(n, confidence=level, name=name, unit=Unit.SHARE)
    value = quotient(after, before)
    ends = _reached(baseline, candidate) if after > 0.0 and before > 0.0 else _corners(baseline, candidate)
    return Estimate(value, *ends, n, name=name, confidence=level)


def _reached(baseline: Estimate, candidate: Estimate) -> tuple[float, float]:
    before, after = log(float(baseline)), log(float(candidate))
    below = math.hypot(after - log(candidate.low), log(baseline.high) - before)
    above = math.hypot(log(candidate.high) - after, before - log(baseline.low))
    return around(quotient(float(candidate), float(baseline)), below, above)


def _corners(baseline: Estimate, candidate: Estimate) -> tuple[float, float]:
    low = quotient(max(0.0, candidate.low), baseline.high)
    high = quotient(candidate.high, max(0.0, baseline.low))
    return (0.0 if math.isnan(low) else low), (math.inf if math.isnan(high) else high)
