"""Samples in order of time, folded into so few points that a Fourier transform of them is cheap.

Folding keeps what matters: the variance of a mean of consecutive samples holds their covariance. Of 64 million gaps a
point is the mean of a thousand, some fifteen requests; all are in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_fmbench.model.samples import Flags, Floats

POINTS = 1 << 16
"""A longer run is folded into at most so many means of consecutive samples."""

BLOCK = 1 << 20
"""Samples that are converted at once, so that no whole copy is made of them."""


@dataclass(frozen=True)
class Series:
    """Folded samples.

    :param points: means of ``size`` consecutive samples; a rest that is shorter is left out.
    :param size: samples a point.
    :param n: number of samples.
    :param variance: of single samples.
    """

    points: Floats
    size: int
    n: int
    variance: float


def series(samples: Floats) -> Series:
    """That of ``samples`` themselves."""
    return of_points(folded(samples), samples.size, float(samples.var()))


def indicator(flags: Flags) -> Series:
    """That of zeros and ones."""
    return _of_flags(flags, lambda part: part)


def at_most(samples: Floats, level: float) -> Series:
    """That of the indicator of those that are ``level`` at most."""
    return _of_flags(samples, lambda part: part <= level)


def of_points(points: Floats, n: int, variance: float) -> Series:
    """That of ``n`` samples, already folded."""
    return Series(points, _size(n), n, variance)


def folded(samples: ArrayLike, scale: float = 1.0) -> Floats:
    """Means of consecutive ``samples`` / ``scale``."""
    values = np.asarray(samples)
    if _size(values.size) == 1:  # each is a point; a mean along rows of one takes twenty times as long
        return np.asarray(values / scale, dtype=np.float64)
    return np.concatenate([(part / scale).mean(axis=1) for part in _rows(values)])


def _of_flags(values: NDArray[Any], flags: Callable[[NDArray[Any]], Flags]) -> Series:
    """That of ``flags`` of all values, which are made of few at a time, and counted by the byte."""
    n, size = values.size, _size(values.size)
    if size == 1:
        points = flags(values).astype(np.float64)
        share = float(points.sum()) / n if n else math.nan
        return of_points(points, n, share * (1.0 - share))
    counts = np.concatenate([flags(part).view(np.uint8).sum(axis=1, dtype=np.uint32) for part in _rows(values)])
    rest = np.count_nonzero(flags(values[counts.size * size :]))
    share = (int(counts.sum()) + int(rest)) / n
    return of_points(counts / size, n, share * (1.0 - share))


def _rows(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """A row a point, some at a time; a rest that is shorter is left out."""
    size = _size(values.size)
    rows, step = values[: values.size // size * size].reshape(-1, size), max(1, BLOCK // size)
    return (rows[at : at + step] for at in range(0, max(1, len(rows)), step))


def _size(n: int) -> int:
    return max(1, -(-n // POINTS))
