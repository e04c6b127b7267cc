"""Distributions of times and lengths.

What is drawn depends on the seed alone, so that a request's reply does not depend on which others came before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Protocol

from pytest_fmbench.errors import UnknownName, UsageError


class Distribution(Protocol):
    """Something to draw numbers from that are not negative."""

    def draws(self, seed: str, count: int) -> Sequence[float]:
        """``count`` numbers; the same for the same seed."""
        ...


@dataclass(frozen=True)
class Constant:
    """Always the same number."""

    value: float

    def draws(self, seed: str, count: int) -> Sequence[float]:  # noqa: ARG002  # nothing is drawn
        """``count`` times the value."""
        return [self.value] * count


@dataclass(frozen=True)
class Drawn:
    """Numbers of a method of :class:`random.Random`, of which negative ones are drawn again.

    :param method: its name, and ``arguments`` what it is called with.
    """

    method: str
    arguments: tuple[float, ...]

    def draws(self, seed: str, count: int) -> Sequence[float]:
        """``count`` numbers; the same for the same seed."""
        return list(islice(self._endless(Random(seed)), count))  # noqa: S311  # a simulation, no secret

    def _endless(self, drawn: Random) -> Iterator[float]:
        draw = getattr(drawn, self.method)
        while True:
            number = draw(*self.arguments)
            if number >= 0:
                yield number


def constant(value: float) -> Constant:
    """Always ``value``.

    :raises UsageError: for a negative number, as those below do.
    """
    return Constant(_checked("constant", value))


def uniform(low: float, high: float) -> Drawn:
    """Every number from ``low`` to ``high`` alike."""
    if _checked("uniform", low) > _checked("uniform", high):
        raise UsageError(f"uniform({low!r}, {high!r}): give the smaller number first")
    return Drawn("uniform", (low, high))


def normal(mean: float, deviation: float) -> Drawn:
    """A normal distribution, truncated at 0."""
    return Drawn("gauss", (_checked("normal", mean), _checked("normal", deviation)))


def lognormal(median: float, sigma: float) -> Drawn:
    """A log-normal distribution; ``sigma`` is the standard deviation of the logarithm."""
    return Drawn("lognormvariate", (math.log(_checked("lognormal", median, above=0)), _checked("lognormal", sigma)))


def exponential(mean: float) -> Drawn:
    """An exponential distribution."""
    return Drawn("expovariate", (1 / _checked("exponential", mean, above=0),))


KNOWN: dict[str, Callable[..., Distribution]] = {
    each.__name__: each for each in (constant, uniform, normal, lognormal, exponential)
}


def read(text: str) -> Distribution:
    """The distribution that ``text`` names: ``normal:0.1,0.01``; a bare number is a constant.

    :raises UsageError: when it names none, or has not the numbers that it needs.
    """
    name, _, numbers = text.rpartition(":")
    if (name or "constant") not in KNOWN:
        raise UnknownName("distribution", name, KNOWN)
    try:
        return KNOWN[name or "constant"](*map(float, numbers.split(",")))
    except (TypeError, ValueError) as error:
        raise UsageError(f"{text!r} is no distribution: write a number, or such as normal:0.1,0.01") from error


def _checked(name: str, number: float, above: float | None = None) -> float:
    fits = isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number < math.inf
    if not fits or number == above:
        raise UsageError(f"{name}: {number!r} is no {'positive' if above == 0 else 'non-negative'} number")
    return float(number)
