"""Loads: when requests begin. Pure; a load knows neither clock nor server.

The text of a load stands in node ids, so it is made of what pytest's ``-k`` takes: ``poisson:2.5``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Protocol

from pytest_fmbench.errors import UsageError

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True)
class Closed:
    """Closed loop: a fixed number of users, each of whom asks again as soon as the reply is there."""

    users: int

    def __str__(self) -> str:
        return f"closed:{self.users}"


class OpenLoop(Protocol):
    """Open loop: requests begin by the clock, whatever is outstanding."""

    def offsets(self, seed: int) -> Iterator[int]:
        """When requests begin, in ns from the start, in order and without end; the same for the same seed."""
        ...


@dataclass(frozen=True)
class Constant:
    """Arrivals at equal distances of 1 / rate, the first at once."""

    rate: float

    def offsets(self, seed: int) -> Iterator[int]:  # noqa: ARG002  # nothing is drawn
        """K / rate, each rounded by itself, so that no error adds up."""
        return (round(k * _NS_PER_S / self.rate) for k in count())

    def __str__(self) -> str:
        return f"constant:{_written(self.rate)}"


@dataclass(frozen=True)
class Poisson:
    """Arrivals of a Poisson process: gaps are drawn from Exp(rate), and are not rescaled to meet it exactly."""

    rate: float

    def offsets(self, seed: int) -> Iterator[int]:
        """Sums of exponential gaps."""
        drawn, at = random.Random(seed), 0.0  # noqa: S311  # a simulation, no secret
        while True:
            at += drawn.expovariate(self.rate)
            yield round(at * _NS_PER_S)

    def __str__(self) -> str:
        return f"poisson:{_written(self.rate)}"


Load = Closed | OpenLoop


def closed(users: int) -> Closed:
    """``users`` users at once, next after previous.

    :raises UsageError: for less than one user, or a part of one.
    """
    if not isinstance(users, int) or isinstance(users, bool) or users < 1:
        raise UsageError(f"closed({users!r}): give a whole number of users, from 1")
    return Closed(users)


def constant(rate: float) -> Constant:
    """``rate`` requests a second, at equal distances.

    :raises UsageError: for a rate that is not positive.
    """
    return Constant(_positive("constant", rate))


def poisson(rate: float) -> Poisson:
    """``rate`` requests a second on average, as independent strangers make them.

    :raises UsageError: for a rate that is not positive.
    """
    return Poisson(_positive("poisson", rate))


def _positive(load: str, rate: float) -> float:
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
        raise UsageError(f"{load}({rate!r}): give a positive number of requests a second")
    return float(rate)


def _written(rate: float) -> str:
    return f"{Decimal(f'{rate:.4g}'):f}"
