"""Distances between what was drawn and what should have been, for tests of loads."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from pytest_fmbench.model.samples import Floats


def farthest(values: Sequence[float] | Floats, cdf: Callable[[Floats], Floats]) -> float:
    """Kolmogorov-Smirnov's distance x sqrt n: above 1.63 in 1 % of samples that are drawn from ``cdf``."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n, wanted = len(ordered), cdf(ordered)
    steps = np.arange(n + 1) / n
    return math.sqrt(n) * float(max(np.max(steps[1:] - wanted), np.max(wanted - steps[:-1])))


def exponential(rate: float) -> Callable[[Floats], Floats]:
    """Of the gaps of a Poisson process."""
    return lambda gaps: np.asarray(-np.expm1(-rate * gaps))


def gamma(shape: float, scale: float) -> Callable[[Floats], Floats]:
    """By the series of the incomplete gamma function (Abramowitz and Stegun 6.5.29)."""

    def cdf(gaps: Floats) -> Floats:
        x = np.maximum(gaps / scale, 1e-300)
        term = np.exp(shape * np.log(x) - x - math.lgamma(shape + 1.0))
        total = term.copy()
        for n in range(1, 400):
            term = term * x / (shape + n)
            total += term
        return np.asarray(np.minimum(total, 1.0))

    return cdf
