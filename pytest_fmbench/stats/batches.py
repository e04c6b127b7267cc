"""Batch means: how much a mean varies when its samples depend on each other.

A run is cut into few long batches. Dependence reaches over a batch's edge only, so that batch means are nearly
independent, and their spread shows the true error of the whole mean. Few batches keep each one long; the price
is paid openly, through a t quantile instead of a normal one. Source: Law, *Simulation Modeling and Analysis*,
5th ed., section 9.5.3; Schmeiser, "Batch size effects", Operations Research 30 (1982), for how few suffice.
"""

from __future__ import annotations

import math

import numpy as np

from pytest_fmbench.model.samples import Floats

BATCHES = 5

MINIMUM = 2 * BATCHES
"""Requests below which nothing is said of an interval: a batch of one shows no dependence."""


def batch_variance(samples: Floats, batches: int = BATCHES) -> float:
    """The variance of the mean of ``samples``, times their number, estimated with ``batches`` - 1 degrees of freedom.

    Formula: sum of m_i (mean_i - mean)^2 over the batches / (batches - 1), where m_i is a batch's size; sizes differ
    by one at most. For independent samples its expectation is their variance.
    """
    deviations = samples - samples.mean()
    parts = np.array_split(deviations, batches)
    return float(sum(part.sum() ** 2 / part.size for part in parts)) / (batches - 1)


def student_t(tail: float) -> float:
    """The value that Student's t with 4 degrees of freedom exceeds with probability ``tail``, at most 1/2.

    Formula, exact: 2 sqrt(cos(arccos(sqrt a) / 3) / sqrt a - 1) with a = 4 tail (1 - tail). Source: Shaw,
    "Sampling Student's T distribution", Journal of Computational Finance 9 (2006), section 2.
    """
    root = math.sqrt(4.0 * tail * (1.0 - tail))
    return 2.0 * math.sqrt(max(0.0, math.cos(math.acos(min(1.0, root)) / 3.0) / root - 1.0))
