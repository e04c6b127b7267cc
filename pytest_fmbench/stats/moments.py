"""Mean, spread and skewness, in blocks: without overflow, and without a copy of many samples."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.series import BLOCK, Series, folded, of_points


@dataclass(frozen=True)
class Moments:
    """Of samples that were divided by ``scale``.

    :param scale: a power of two near the largest, so that squares neither overflow nor vanish.
    :param mean: exactly their own of equal samples.
    :param deviation: with n - 1 in the denominator; 0 for one sample.
    :param skewness: mean cubed deviation / cube of the deviation; 0 for equal samples.
    """

    scale: float
    mean: float
    deviation: float
    skewness: float


def moments(samples: Floats) -> Moments:
    """Those of one sample or more."""
    n, scale = samples.size, _power_of_two(max(float(samples.max()), -float(samples.min())))
    first = float(samples[0]) / scale
    offset = sum(float(block.sum()) for block in _blocks(samples, scale, first)) / n
    square = cube = 0.0
    for block in _blocks(samples, scale, first + offset):
        squares = block * block
        square += float(squares.sum())
        cube += float(squares @ block)
    skewness = cube / n / (square / n) ** 1.5 if square > 0.0 else 0.0
    return Moments(scale, first + offset, math.sqrt(square / max(1, n - 1)), skewness)


def scaled_series(samples: Floats, found: Moments) -> Series:
    """``samples`` / the scale of their moments, folded."""
    n = samples.size
    return of_points(folded(samples, found.scale), n, found.deviation**2 * (n - 1) / n)


def _blocks(samples: Floats, scale: float, shift: float) -> Iterator[Floats]:
    for at in range(0, samples.size, BLOCK):
        yield np.asarray(samples[at : at + BLOCK] / scale - shift, dtype=np.float64)


def _power_of_two(size: float) -> float:
    return math.ldexp(1.0, math.frexp(size)[1] - 1) if size else 1.0
