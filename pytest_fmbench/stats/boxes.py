"""How samples are spread: what a box plot draws, and what pytest-benchmark calls the statistics of a benchmark.

No interval: it describes the samples, and says nothing of what lies behind them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pytest_fmbench.stats.prepared import Prepared
from pytest_fmbench.stats.quantiles import value_at

_WHISKER = 1.5


@dataclass(frozen=True)
class Box:
    """Samples in eleven numbers, in their own unit.

    :param low, high: the quartiles (Hyndman-Fan type 7).
    :param deviation: standard deviation of a sample, n - 1 in its denominator; 0 of a single one.
    :param whisker_low, whisker_high: the least and the largest within 1.5 interquartile ranges of the quartiles.
    :param far: how many lie beyond one deviation from the mean.
    :param outside: how many lie beyond the whiskers (Tukey's outliers).
    """

    n: int
    least: float
    low: float
    median: float
    high: float
    largest: float
    mean: float
    deviation: float
    whisker_low: float
    whisker_high: float
    far: int
    outside: int


def box(samples: Prepared) -> Box | None:
    """The spread of ``samples``; None where there are none."""
    values, n = samples.values, samples.values.size
    if n == 0:
        return None
    low, median, high = (value_at(samples.order, n, q) for q in (0.25, 0.5, 0.75))
    reach = _WHISKER * (high - low)
    inside = values[(values >= low - reach) & (values <= high + reach)]
    mean, deviation = float(values.mean()), float(values.std(ddof=1)) if n > 1 else 0.0
    return Box(
        n=n,
        least=float(values.min()),
        low=low,
        median=median,
        high=high,
        largest=float(values.max()),
        mean=mean,
        deviation=deviation,
        whisker_low=float(inside.min()),
        whisker_high=float(inside.max()),
        far=int(np.count_nonzero(np.abs(values - mean) > deviation)),
        outside=n - inside.size,
    )
