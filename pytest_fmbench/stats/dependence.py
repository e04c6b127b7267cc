"""How much samples in order of time depend on each other: by how much they say less, and over how long.

The autocorrelation is summed up to where it is lost in noise, by Geyer's initial monotone sequence (*Practical
Markov chain Monte Carlo*, Statistical Science 7 (1992), section 3.3). What subtracting the sample's own mean takes
from that sum is given back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.series import Series, series

_MOST_BIAS = 0.6
_NOISE = 2.0
_SOON = 16
"""Lags by which most sequences have ended: samples that hardly depend on each other."""


@dataclass(frozen=True)
class Dependence:
    """What dependence does to a mean.

    :param effect: design effect: the variance of the mean over that of as many independent samples; 1 at least.
    :param stretches: number of samples / twice the mean lag of the autocorrelation: how often the run forgot.
    :param evident: whether the correlation is more than the noise of independent samples.
    """

    effect: float
    stretches: float
    evident: bool


def dependence(samples: Floats | Series) -> Dependence:
    """That of ``samples``, in order of time. Of equal samples there is none.

    Formula: effect = (1 + 2 sum r_k) / (1 - m / n), where r_k is the autocorrelation up to lag m of the initial
    sequence. Evident where sum r_k exceeds 2 sqrt(m / n), two standard errors of a sum of noise (Bartlett, 1946).
    """
    run = samples if isinstance(samples, Series) else series(samples)
    n, points = run.n, run.points
    part = float(points.var())
    if points.size < 4 or run.variance == 0.0 or part == 0.0:
        return Dependence(1.0, float(n), evident=False)
    each = n / points.size
    pairs = _initial_sequence(points)
    lag = 2.0 * float(np.arange(pairs.size) @ pairs) / float(pairs.sum())
    window = 2 * pairs.size / points.size
    raw = each * part / run.variance * (2.0 * float(pairs.sum()) - 1.0)
    evident = (raw - 1.0) / 2.0 > _NOISE * math.sqrt(window * each)
    return Dependence(max(1.0, raw / (1.0 - min(_MOST_BIAS, window))), n / max(1.0, 2.0 * lag * each), evident)


def _initial_sequence(samples: Floats) -> Floats:
    """Sums of the autocorrelation over pairs of lags (0 and 1, 2 and 3, ...), while positive, never rising."""
    deviations = samples - samples.mean()
    pairs = _soon(deviations)
    if pairs is None:
        found = _autocorrelation(deviations)
        found = found[: found.size // 2 * 2].reshape(-1, 2).sum(axis=1)
        ends = np.flatnonzero(found <= 0.0)
        pairs = found[: max(1, ends[0] if ends.size else found.size)]
    return np.minimum.accumulate(pairs).clip(min=1e-12)


def _soon(deviations: Floats) -> Floats | None:
    """The pairs up to the first that is not positive, lag by lag; None where that does not come soon.

    Most samples hardly depend on each other, and for few lags that is faster than a transform.
    """
    whole, found = _covariance(deviations, 0), list[float]()
    for lag in range(0, min(_SOON, deviations.size // 2 * 2), 2):
        pair = (_covariance(deviations, lag) + _covariance(deviations, lag + 1)) / whole
        if pair <= 0.0:
            return np.array(found or [pair])
        found.append(pair)
    return None


def _covariance(deviations: Floats, lag: int) -> float:
    """Their sum of products at a lag. Not by BLAS, which wakes threads for it that take cores from what is measured."""
    return float(np.einsum("i,i->", deviations[: deviations.size - lag], deviations[lag:]))


def _autocorrelation(deviations: Floats) -> Floats:
    """At lags 0 to n - 1, by way of the Fourier transform."""
    length = _fast_length(2 * deviations.size)
    power = np.abs(np.fft.rfft(deviations, length)) ** 2
    covariance = np.fft.irfft(power, length)[: deviations.size]
    return np.asarray(covariance / covariance[0], dtype=np.float64)


def _fast_length(least: int) -> int:
    """A power of two, or 5, 6 or 7 eighths of one: transforms of these lengths are fast."""
    eighth = max(0, (least - 1).bit_length() - 3)
    return next(part << eighth for part in range(4, 9) if part << eighth >= least)
