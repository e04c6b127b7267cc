"""Samples in order of time, folded into so few points that a Fourier transform of them is cheap.

Folding keeps what matters: the variance of a mean of consecutive samples holds their covariance. Of 64 million gaps a
point is the mean of a thousand, some fifteen requests; all are in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_fmbench.model.samples import Floats

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


def indicator(flags: NDArray[np.bool_]) -> Series:
    """That of zeros and ones."""
    share = int(np.count_nonzero(flags)) / flags.size
    return of_points(folded(flags), flags.size, share * (1.0 - share))


def of_points(points: Floats, n: int, variance: float) -> Series:
    """That of ``n`` samples, already folded."""
    return Series(points, _size(n), n, variance)


def folded(samples: ArrayLike, scale: float = 1.0) -> Floats:
    """Means of consecutive ``samples`` / ``scale``."""
    values = np.asarray(samples)
    size = _size(values.size)
    rows = values[: values.size // size * size].reshape(-1, size)
    step = max(1, BLOCK // size)
    return np.concatenate([(rows[at : at + step] / scale).mean(axis=1) for at in range(0, max(1, len(rows)), step)])


def _size(n: int) -> int:
    return max(1, -(-n // POINTS))
