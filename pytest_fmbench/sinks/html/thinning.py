"""Fewer points of a curve, such that what stands out stays: the least and the greatest of each stretch."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from pytest_fmbench.metrics.columns import Integers
from pytest_fmbench.model.samples import Floats

_DIGITS = 5


def extremes(x: Floats, y: Floats, stretches: int) -> Integers:
    """Which points to keep, in order: the first, the last, and the least and the greatest of each stretch.

    :param x: in ascending order; the stretches are equally long parts of it.
    :param y: finite values.
    :param stretches: at most twice as many points, and two, are kept; all, where there are no more than that.
    """
    if x.size <= 2 * stretches + 2:
        return np.arange(x.size)
    edges = np.searchsorted(x, np.linspace(x[0], x[-1], stretches + 1)[1:-1])
    bounds = np.unique([0, *edges, x.size])
    kept = [0, x.size - 1]
    for begin, end in pairwise(bounds):
        part = y[begin:end]
        kept += [begin + int(part.argmin()), begin + int(part.argmax())]
    return np.unique(kept)


def ranks(n: int, most: int) -> Integers:
    """Which of ``n`` values in order of size make their distribution: evenly many, and more and more of the largest.

    The least and the greatest are always among them.
    """
    if n <= most:
        return np.arange(n)
    even = np.linspace(0, n - 1, most - most // 4)
    # n - 1, n - 2, n - 3 ... then ever farther apart
    late = n - 1 - np.geomspace(1, n, most // 4).astype(np.int64) + 1
    return np.unique([*even.astype(np.int64), *late.clip(0, n - 1)])


def tidy(values: Iterable[float]) -> list[float]:
    """For JSON: five significant digits, which is more than a screen shows."""
    return [float(f"{value:.{_DIGITS}g}") for value in values]
