"""Shares of requests, with intervals that stay exact where hardly any or nearly all are counted."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Flags
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.batches import MINIMUM, batch_variance, student_t
from pytest_fmbench.stats.beta import beta_quantile
from pytest_fmbench.stats.inputs import flags as checked
from pytest_fmbench.stats.inputs import tail, unknown


def proportion(flags: ArrayLike, *, confidence: float = 0.95, name: str = "", unit: Unit = Unit.SHARE) -> Estimate:
    """The share of ``flags`` that are True.

    Interval: exact binomial (Clopper-Pearson) for the effective number of flags, n / max(1, D (t / z)^2), where D
    is the design effect: the variance by batch means over p (1 - p). So it is never narrower than that of
    independent flags. A Wilson interval is not: its lower end fails an SLA for a single error four times as
    often as stated. Source: Korn and Graubard, "Confidence intervals for proportions with small expected number of
    positive counts", Survey Methodology 24 (1998).

    Flags that are all equal show no dependence to correct: of 60 requests without an error up to 4.9 % may fail
    (one-sided 95 %). Fewer than 10 that differ count as one.

    :raises UsageError: for ``confidence`` outside (0, 1), or samples that are not booleans.
    """
    risk, values = tail(confidence), checked(flags)
    if values.size == 0:
        return unknown(0, confidence=confidence, name=name, unit=unit)
    value = float(values.mean())
    size = _effective_size(values, risk)
    low = _lower_end(value, size, risk)
    high = 1.0 - _lower_end(1.0 - value, size, risk)
    ends = (min(low, value), max(high, value))
    return Estimate(value, *ends, values.size, name=name, unit=unit, confidence=confidence)


def _effective_size(flags: Flags, risk: float) -> float:
    """How many independent flags would say as much as these do."""
    n, share = flags.size, float(flags.mean())
    if share in {0.0, 1.0}:
        return n
    if n < MINIMUM:
        return 1.0
    effect = batch_variance(flags.astype(np.float64)) / (share * (1.0 - share))
    return n / max(1.0, effect * (student_t(risk) / NormalDist().inv_cdf(risk)) ** 2)


def _lower_end(share: float, size: float, risk: float) -> float:
    """The least true share that yields ``share`` or more of ``size`` flags with probability ``risk``."""
    count = share * size
    return beta_quantile(risk, count, size - count + 1.0) if count > 0.0 else 0.0
