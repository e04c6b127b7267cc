"""Many runs of pooled gaps between tokens: requests in a row are alike, and the gaps of one are more so."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from pytest_fmbench.model.samples import Floats

REQUESTS, GAPS = 2_000, 64
_PHI, _SPREAD = 0.9, 0.3
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_PACES, _SHARES = np.exp(_SPREAD * _NODES), _WEIGHTS / _WEIGHTS.sum()


def gaps(runs: int, seed: list[int]) -> Iterator[Floats]:
    """Exponential gaps, each request's of its own mean, whose logarithm is autoregressive over the requests."""
    random = np.random.default_rng(seed)
    for _ in range(runs):
        noise = random.normal(size=REQUESTS)
        noise[1:] *= math.sqrt(1.0 - _PHI**2)
        for i in range(1, REQUESTS):
            noise[i] += _PHI * noise[i - 1]
        yield np.repeat(np.exp(_SPREAD * noise), GAPS) * random.exponential(size=REQUESTS * GAPS)


def true_gap(q: float) -> float:
    """The gap that a share of 1 - ``q`` exceeds: the mean of exp(-x / pace), by Gauss and Hermite, and bisection."""
    low, high = 0.0, 1_000.0
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if float(_SHARES @ np.exp(-middle / _PACES)) > 1.0 - q else (low, middle)
    return low


def true_mean_gap() -> float:
    """Of all gaps."""
    return math.exp(_SPREAD**2 / 2.0)
