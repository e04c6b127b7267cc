"""Where a curve of mean scores against the rate crosses its limit: a local fit over probes, and its interval.

Near the rate c in question, the link of the mean (logit of a share, logarithm of an amount) is a + b z, where
z = ((r / c)^k - 1) / k, with k = 9 above c and 3 below, bends as queues do: the curves of M/M/8 have second derivatives
of 7 to 14 slopes at loads of 0.6 to 0.9; those of shorter queues bend less, which matters below, where an end may lie
far off. Probes weigh by their requests, and less the further off they are (tricube kernel). Quasi-likelihood with a
variance in proportion to the square of the link's derivative: the spread of the link is then about the same at any
rate, in queues too. The scatter of whole probes about the curve is the error, so that nothing is assumed of how the
requests of one probe depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.samples import Floats
from pytest_fmbench.stats.capacity.probes import Scale
from pytest_fmbench.stats.student import t_quantile

BEND, BEND_BELOW = 9.0, 3.0
WIDTHS = (0.2, 0.3, 0.5)
"""Half-widths of the kernel that are tried, in units of log(rate): the narrowest that holds enough probes."""

INNER = 0.8
"""Of a half-width, where a probe still counts."""

ENOUGH = 8
"""Probes that a fit should rest on."""

_LEAST = 4
_ROUNDS = 60
_SMALL = 1e-3
_FAR = 0.3
_GRID = np.geomspace(1e-4, 2.0, 600)
_NEAREST = -0.98 / BEND_BELOW
"""z below which there is no rate."""


@dataclass(frozen=True)
class Crossing:
    """Where the curve crosses the limit: a rate, and its interval.

    :param error: standard error of the rate, as a share of it.
    """

    rate: float
    low: float
    high: float
    error: float


@dataclass(frozen=True)
class Points:
    """Probes as arrays: rate, requests, mean score."""

    rates: Floats
    requests: Floats
    means: Floats

    def near(self, rate: float, width: float) -> int:
        """How many count at ``rate``."""
        return int((np.abs(np.log(self.rates / rate)) < INNER * width).sum())


def crossing(
    points: Points, limit: float, scale: Scale, around: float, *, level: float, breadth: float = 1.0
) -> Crossing | None:
    """Where the mean crosses ``limit``, by the probes ``around`` a rate; None where they show no rise.

    :param level: two-sided, of the interval.
    :param breadth: times the half-widths of the kernel.
    """
    for width in (breadth * one for one in WIDTHS):
        if points.near(around, width) >= ENOUGH or width == breadth * WIDTHS[-1]:
            found = _Fit.of(points, scale, around, width)
            if found is not None:
                return found.crossing(_link(limit, scale), around, level)
    return None


@dataclass(frozen=True)
class _Fit:
    """a + b z, with the covariance of both."""

    a: float
    b: float
    covariance: Floats
    degrees: float

    @classmethod
    def of(cls, points: Points, scale: Scale, around: float, width: float) -> _Fit | None:
        """The fit; None where there are too few probes or rates, or the mean does not rise with the rate."""
        away = np.log(points.rates / around)
        kernel = np.clip(1.0 - np.abs(away / width) ** 3, 0.0, None) ** 3
        used = kernel > _SMALL
        kernel, degrees = kernel[used], float(kernel[used].sum()) - 2.0
        if used.sum() < _LEAST or degrees < 1.0:
            return None
        means, weights = points.means[used], points.requests[used] * kernel
        design = np.column_stack((np.ones(kernel.size), _bent(away[used])))
        if np.ptp(design[:, 1]) < _SMALL:
            return None  # of one rate, or all so far above that no curve is believed there
        solved = _solved(design, means, weights, scale)
        if solved is None:
            return None
        (a, b), residuals = solved
        spread = float((weights * residuals**2).sum()) / degrees
        inverse = np.linalg.inv(design.T @ (weights[:, None] * design))
        covariance = spread * inverse @ (design.T @ ((weights * kernel)[:, None] * design)) @ inverse
        return cls(a, b, covariance, degrees)

    def crossing(self, at: float, around: float, level: float) -> Crossing | None:
        """Where it reaches ``at``; every rate at which it may be there belongs to the interval."""
        z = (at - self.a) / self.b
        if z <= _NEAREST:
            return None
        t = t_quantile((1.0 - level) / 2.0, self.degrees)
        ends = (self._end(at, z, t, side) for side in (-1.0, 1.0))
        error = math.sqrt(float(self._variances(np.array([z]))[0])) / (
            self.b * (1.0 + (BEND if z > 0.0 else BEND_BELOW) * z)
        )
        rate, low, high = (around * _rate(one) for one in (z, *ends))
        return Crossing(rate, low, high, error)

    def _end(self, at: float, z: float, t: float, side: float) -> float:
        """The first z on one ``side`` at which the curve is surely not at the limit."""
        tried = z + side * _GRID
        errors = np.sqrt(self._variances(np.concatenate(([z], tried))))
        outside = np.abs(self.a + self.b * tried - at) > t * errors[1:] * _lean(t * float(errors[0]), -side)
        return float(tried[int(outside.argmax())]) if outside.any() else side * math.inf

    def _variances(self, z: Floats) -> Floats:
        """Of the fitted link at each of ``z``."""
        (saa, sab), (_, sbb) = self.covariance
        return np.asarray(np.maximum(saa + 2.0 * z * sab + z**2 * sbb, 0.0))


def _lean(reach: float, side: float) -> float:
    """How many times ``reach`` an end on the link's scale lies off, as that of a mean of gamma variables does.

    A calm sample hides the large values, so that the truth may lie further above than below. The x with
    e^d - d - 1 = reach^2 / 2 at d = -x for the end above (``side`` 1), x for the one below; over ``reach``.
    """
    wanted, x = reach * reach / 2.0, max(reach, 1e-3) if side < 0.0 else max(reach, 1e-3) + reach * reach / 2.0
    x = min(x, math.log1p(wanted) + 2.0) if side < 0.0 else x
    for _ in range(_ROUNDS):
        x -= (math.exp(-side * x) + side * x - 1.0 - wanted) / (side * -math.expm1(-side * x))
    return x / max(reach, 1e-3)


def _solved(design: Floats, means: Floats, weights: Floats, scale: Scale) -> tuple[tuple[float, float], Floats] | None:
    """Coefficients by scoring, and residuals on the scale of the link."""
    middle = float((weights * means).sum() / weights.sum())
    if not middle > 0.0 or (scale is Scale.SHARE and middle >= 1.0):
        return None
    found = np.array([_link(middle, scale), 2.0])
    inverse = np.linalg.pinv(design.T @ (weights[:, None] * design))
    for _ in range(_ROUNDS):
        step = np.clip(inverse @ (design.T @ (weights * _residuals(design @ found, means, scale))), -1.0, 1.0)
        found = found + step
        if float(np.abs(step).max()) < 1e-8:
            break
    a, b = (float(one) for one in found)
    return ((a, b), _residuals(design @ found, means, scale)) if b > _SMALL else None


def _residuals(link: Floats, means: Floats, scale: Scale) -> Floats:
    """(mean - fitted) / derivative of the inverse link."""
    link = np.clip(link, -30.0, 30.0)
    if scale is Scale.AMOUNT:
        return means / np.exp(link) - 1.0
    fitted = 1.0 / (1.0 + np.exp(-link))
    return np.asarray((means - fitted) / (fitted * (1.0 - fitted)))


def _link(mean: float, scale: Scale) -> float:
    return math.log(mean) if scale is Scale.AMOUNT else math.log(mean / (1.0 - mean))


def _bent(away: Floats) -> Floats:
    """The z of log(rate / around); beyond _FAR as there, since a server that is overloaded has no curve."""
    away, bend = np.minimum(away, _FAR), np.where(away > 0.0, BEND, BEND_BELOW)
    return np.asarray(np.expm1(bend * away) / bend)


def _rate(z: float) -> float:
    """The rate at z, in units of the one that the fit is around."""
    if math.isinf(z):
        return math.inf if z > 0.0 else 0.0
    bend = BEND if z > 0.0 else BEND_BELOW
    return float(max(0.0, 1.0 + bend * z) ** (1.0 / bend))


def points_of(rates: Sequence[float], requests: Sequence[int], means: Sequence[float]) -> Points:
    """Probes as arrays."""
    return Points(np.asarray(rates, float), np.asarray(requests, float), np.asarray(means, float))
