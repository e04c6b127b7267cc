"""Loads by the clock that are always alike: equal distances, Poisson, and gaps that are more or less even than that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals.values import checked_rate, is_positive, written

_MOST_CV = 100.0
"""Beyond it, whole runs would begin in one moment, or never."""


@dataclass(frozen=True)
class Constant:
    """Arrivals at equal distances of 1 / rate, the first at once."""

    rate: float
    shape_s: ClassVar[float] = 0.0

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # nothing is drawn
        """K / rate, each rounded by itself, so that no error adds up."""
        return (round(k * NS_PER_S / self.rate) for k in count())

    def __str__(self) -> str:
        return f"constant:{written(self.rate)}"


@dataclass(frozen=True)
class Poisson:
    """Arrivals of a Poisson process: gaps are drawn from Exp(rate), and are not rescaled to meet it exactly."""

    rate: float
    shape_s: ClassVar[float] = 0.0

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # it is always alike
        """Sums of exponential gaps."""
        drawn, at = random.Random(seed), 0.0  # noqa: S311  # a simulation, no secret
        while True:
            at += drawn.expovariate(self.rate)
            yield round(at * NS_PER_S)

    def __str__(self) -> str:
        return f"poisson:{written(self.rate)}"


@dataclass(frozen=True)
class Gamma:
    """Arrivals whose gaps are drawn from a gamma distribution of mean 1 / rate and coefficient of variation cv.

    Shape 1 / cv^2, scale cv^2 / rate. The first request comes as if the clock were started at any moment: after a part,
    drawn evenly, of a gap that is drawn by its length, which is Gamma(1 / cv^2 + 1). So the rate is right from the
    start (D. R. Cox, Renewal Theory, 1962, chapter 5).
    """

    rate: float
    cv: float
    shape_s: ClassVar[float] = 0.0

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:  # noqa: ARG002  # it is always alike
        """Sums of gamma-distributed gaps."""
        drawn, squared = random.Random(seed), self.cv**2  # noqa: S311  # a simulation, no secret
        shape, scale = 1.0 / squared, squared / self.rate
        at = drawn.random() * drawn.gammavariate(shape + 1.0, scale)
        while True:
            yield round(at * NS_PER_S)
            at += drawn.gammavariate(shape, scale)

    def __str__(self) -> str:
        return f"gamma:{written(self.rate)}-cv:{written(self.cv)}"


def constant(rate: float) -> Constant:
    """``rate`` requests a second, at equal distances.

    :raises UsageError: for a rate that is not positive.
    """
    return Constant(checked_rate(f"constant({rate!r})", rate))


def poisson(rate: float) -> Poisson:
    """``rate`` requests a second on average, as independent strangers make them.

    :raises UsageError: for a rate that is not positive.
    """
    return Poisson(checked_rate(f"poisson({rate!r})", rate))


def gamma(rate: float, cv: float) -> Gamma:
    """``rate`` requests a second on average, in bursts where ``cv`` is above 1, and more evenly where it is below.

    :param cv: coefficient of variation of the gaps, which is their standard deviation / their mean; of ``poisson`` 1.
    :raises UsageError: for a rate or a coefficient that is not positive, or a coefficient above 100.
    """
    rate = checked_rate(f"gamma(rate={rate!r})", rate)
    if not is_positive(cv) or cv > _MOST_CV:
        raise UsageError(
            f"gamma(cv={cv!r}): give a coefficient of variation above 0, {_MOST_CV:g} at most; 1 is poisson(rate), and "
            "constant(rate) has gaps of one length"
        )
    return Gamma(rate, float(cv))
