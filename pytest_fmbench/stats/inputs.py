"""What the statistics accept, checked at one door."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Flags, Floats
from pytest_fmbench.model.units import Unit

Scalar = TypeVar("Scalar", bound=np.generic)


def finite(samples: ArrayLike) -> Floats:
    """``samples`` as a vector of floats.

    :raises UsageError: where one is NaN or infinite, naming the first; "not computable" is dropped by the metric.
    """
    values = _vector(np.asarray(samples, dtype=np.float64))
    if not _all_finite(values):
        bad = np.flatnonzero(~np.isfinite(values))
        raise UsageError(f"sample {bad[0]} of {values.size} is {values[bad[0]]}; drop what was not computable first")
    return values


def ranked(samples: ArrayLike) -> Floats:
    """``samples`` as a vector of floats that are only compared: NaN, which has no rank of its own, as the largest."""
    values = _vector(np.asarray(samples, dtype=np.float64))
    return np.where(np.isnan(values), math.inf, values) if has_nan(values) else values


def flags(samples: ArrayLike) -> Flags:
    """``samples`` as a vector of booleans.

    :raises UsageError: where they are anything else; a NaN would count as True.
    """
    values = _vector(np.asarray(samples))
    if values.size and values.dtype != np.bool_:
        raise UsageError(f"a proportion is of True and False, these samples are {values.dtype}")
    return values.astype(np.bool_)


def tail(confidence: float) -> float:
    """The risk on each side of a two-sided interval.

    :raises UsageError: for a level outside (0, 1).
    """
    return (1.0 - inside("confidence", confidence)) / 2.0


def inside(name: str, value: float) -> float:
    """``value``, if it lies between 0 and 1.

    :raises UsageError: if it does not.
    """
    if not 0.0 < value < 1.0:
        raise UsageError(f"{name} is {value}; it lies between 0 and 1, both excluded")
    return value


def unknown(n: int, *, confidence: float, name: str, unit: Unit) -> Estimate:
    """The estimate of what cannot be computed."""
    return Estimate(math.nan, -math.inf, math.inf, n, name=name, unit=unit, confidence=confidence)


def has_nan(values: Floats) -> bool:
    """Whether one is NaN; found without a flag for each."""
    with np.errstate(invalid="ignore"):
        return values.size > 0 and math.isnan(values.min())


def _all_finite(values: Floats) -> bool:
    return values.size == 0 or (not has_nan(values) and bool(np.isfinite([values.min(), values.max()]).all()))


def _vector(values: NDArray[Scalar]) -> NDArray[Scalar]:
    if values.ndim != 1:
        raise UsageError(f"samples are one sequence, these have {values.ndim} dimensions")
    return values
