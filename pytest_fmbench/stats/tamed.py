"""Samples with what lies far out drawn in, so that a giant outlier decides nothing about where a run is steady."""

from __future__ import annotations

import math

import numpy as np

from pytest_fmbench.model.samples import Floats

ROUNDING = 1e-9
"""Of a value near 1: less than this is no difference."""

_FENCE = 10.0


def tamed(values: Floats) -> tuple[Floats, float]:
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


def means_of(values: Floats, parts: int) -> Floats:
    """Of ``parts`` equal parts; the rest is left out at the begin."""
    size = values.size // parts
    return np.asarray(values[values.size - parts * size :].reshape(parts, size).mean(axis=1), dtype=np.float64)
