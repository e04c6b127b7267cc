"""Means of independent values that have bounds, with intervals that hold for few of them and for any shape.

What is asked in a fixed order and marked one by one, as items of a task are, does not depend on what came before, so
none of the care is needed that samples of a run in time take. But marks are mostly 0 or 1, often nearly all alike, and
there are few of them: where intervals by the normal or by Student's distribution cover too little.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.beta import beta_quantile
from pytest_fmbench.stats.inputs import finite, tail, unknown

_MOST = 0.75
"""Share of the capital that is bet at most."""

_HALVINGS = 50


def bounded_mean(
    values: ArrayLike,
    low: float = 0.0,
    high: float = 1.0,
    *,
    unknowns: int = 0,
    confidence: float = 0.95,
    name: str = "",
    unit: Unit = Unit.SHARE,
) -> Estimate:
    """The mean of independent ``values`` between ``low`` and ``high``.

    Interval: of values that are all ``low`` or ``high``, the exact one of a share (Clopper and Pearson, Biometrika 26
    (1934)); else by betting (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B
    86 (2024), section 4.2, each end by itself, at most 3/4 of the capital a bet, in an order that only the number of
    values decides). Both hold at any number of values, whatever their distribution.

    :param unknowns: so many values more that are not known; the interval holds whatever they are.
    :raises UsageError: for a value outside of the bounds, or ``confidence`` outside (0, 1).
    """
    risk, known = tail(confidence), finite(values)
    outside = known[(known < low) | (known > high)]
    if outside.size:
        raise UsageError(f"value {outside[0]} lies outside of {low} to {high}")
    if known.size == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    scaled = (known - low) / (high - low)
    least = _least(np.append(scaled, np.zeros(unknowns)), risk)
    most = 1.0 - _least(np.append(1.0 - scaled, np.zeros(unknowns)), risk)
    below, above = (low + (high - low) * end for end in (least, most))
    return Estimate(float(known.mean()), below, above, known.size, name=name, unit=unit, confidence=confidence)


def _least(values: Floats, risk: float) -> float:
    """Lower end of the interval of the mean of values from 0 to 1."""
    ones = int(np.count_nonzero(values == 1.0))
    if ones + np.count_nonzero(values == 0.0) == values.size:
        return beta_quantile(risk, ones, values.size - ones + 1.0) if ones else 0.0
    # items often stand in order of kind, and a bet on the next one takes those before for a fair sample
    values = values[np.random.default_rng(values.size).permutation(values.size)]
    bets, wanted, below, above = _bets(values, risk), -math.log(risk), 0.0, float(values.mean())
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        below, above = (middle, above) if _gain(values, bets, middle) >= wanted else (below, middle)
    return below


def _bets(values: Floats, risk: float) -> Floats:
    """How much is put on each value, by what is known of those before it."""
    count = np.arange(1, values.size + 1)
    means = (0.5 + np.cumsum(values)) / (count + 1)
    spread = (0.25 + np.cumsum((values - means) ** 2)) / (count + 1)
    before: Floats = np.append(0.25, spread[:-1])
    return np.sqrt(2.0 * math.log(1.0 / risk) / (values.size * before))


def _gain(values: Floats, bets: Floats, mean: float) -> float:
    """Logarithm of the most that the capital came to, was it bet that the mean is more than ``mean``."""
    if mean <= 0.0:
        return math.inf
    grown = np.log1p(np.minimum(bets, _MOST / mean) * (values - mean))
    return float(np.cumsum(grown).max())
