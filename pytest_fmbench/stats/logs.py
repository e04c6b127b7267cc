"""Arithmetic of ratios on the logarithmic scale, without overflow and without a division by zero."""

from __future__ import annotations

import math

_LARGEST = 709.0
"""The largest logarithm whose number is a float."""


def log(value: float) -> float:
    """Its natural logarithm; -inf for what is not positive."""
    return math.log(value) if value > 0.0 else -math.inf


def exp(value: float) -> float:
    """The number whose logarithm it is; inf beyond floats."""
    return math.exp(value) if value < _LARGEST else math.inf


def quotient(top: float, bottom: float) -> float:
    """``top`` / ``bottom`` of numbers that count from 0: inf over 0, NaN for 0 / 0 and for anything negative."""
    if not (top >= 0.0 and bottom >= 0.0) or top == bottom == 0.0:
        return math.nan
    return top / bottom if bottom > 0.0 else math.inf


def around(ratio: float, below: float, above: float) -> tuple[float, float]:
    """The ends of an interval that reaches so far from ``ratio``, in logarithms; no end is NaN."""
    if ratio == 0.0 or math.isinf(ratio):
        return 0.0, math.inf
    return ratio * exp(-below), ratio * exp(above)
