"""How long prompts and replies are, in tokens: ``lengths.lognormal(512, cv=0.6)``. Pure, and seeded by the caller."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Protocol

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count, is_number


class Lengths(Protocol):
    """A distribution of whole numbers from 1."""

    @property
    def most(self) -> float:
        """The largest that is drawn; infinite where there is none."""
        ...

    def draw(self, drawn: Random) -> int:
        """One of them."""
        ...


@dataclass(frozen=True)
class Fixed:
    """Always the same."""

    length: int

    @property
    def most(self) -> float:
        """It."""
        return self.length

    def draw(self, drawn: Random) -> int:  # noqa: ARG002  # nothing is drawn
        """It."""
        return self.length

    def __repr__(self) -> str:
        return repr(self.length)


@dataclass(frozen=True)
class Uniform:
    """See :func:`uniform`."""

    low: int
    high: int

    @property
    def most(self) -> float:
        """The high end."""
        return self.high

    def draw(self, drawn: Random) -> int:
        """Each whole number is as likely."""
        return drawn.randint(self.low, self.high)

    def __repr__(self) -> str:
        return f"lengths.uniform({self.low}, {self.high})"


@dataclass(frozen=True)
class Lognormal:
    """See :func:`lognormal`."""

    mean: float
    cv: float
    cap: int | None = None

    @property
    def most(self) -> float:
        """The cap."""
        return math.inf if self.cap is None else self.cap

    def draw(self, drawn: Random) -> int:
        """exp(N(mu, s^2)), where s^2 = ln(1 + cv^2) and mu = ln(mean) - s^2 / 2, rounded, from 1 to the cap."""
        variance = math.log1p(self.cv**2)
        length = round(drawn.lognormvariate(math.log(self.mean) - variance / 2.0, math.sqrt(variance)))
        return int(min(max(1, length), self.most))

    def __repr__(self) -> str:
        cap = "" if self.cap is None else f", cap={self.cap}"
        return f"lengths.lognormal({self.mean:g}, cv={self.cv:g}{cap})"


@dataclass(frozen=True)
class Choices:
    """See :func:`choices`."""

    of: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def most(self) -> float:
        """The largest of them."""
        return max(self.of)

    def draw(self, drawn: Random) -> int:
        """One, by weight."""
        return drawn.choices(self.of, self.weights)[0]

    def __repr__(self) -> str:
        return f"lengths.choices({dict(zip(self.of, self.weights, strict=True))!r})"


def uniform(low: int, high: int) -> Uniform:
    """Each whole number from ``low`` to ``high`` is as likely.

    :raises UsageError: for ends that are no whole numbers from 1, in order.
    """
    if not (is_count(low) and is_count(high) and low <= high):
        raise UsageError(f"lengths.uniform({low!r}, {high!r}): give two whole numbers from 1, the smaller first")
    return Uniform(low, high)


def lognormal(mean: float, *, cv: float, cap: int | None = None) -> Lognormal:
    """Many short and few long ones, as people write them.

    :param mean: before it is rounded and capped.
    :param cv: standard deviation / mean, likewise.
    :param cap: longer ones are cut to it; None cuts none.
    :raises UsageError: for a mean below 1, a ``cv`` that is not positive, or a cap that is no whole number from 1.
    """
    if not (_finite(mean) and _finite(cv) and mean >= 1.0 and cv > 0.0):
        raise UsageError(f"lengths.lognormal({mean!r}, cv={cv!r}): give a mean from 1 and a positive cv, such as 0.6")
    if cap is not None and not is_count(cap):
        raise UsageError(f"lengths.lognormal(cap={cap!r}): give a whole number from 1, or leave it out")
    return Lognormal(float(mean), float(cv), cap)


def choices(weights: Mapping[int, float]) -> Choices:
    """Some lengths, each as often as its weight says: ``lengths.choices({128: 0.9, 4096: 0.1})``.

    :raises UsageError: for none, for a length that is no whole number from 1, or a weight that is not positive.
    """
    if not isinstance(weights, Mapping) or not weights:
        raise UsageError(
            f"lengths.choices({weights!r}): give lengths and their weights, such as {{128: 0.9, 4096: 0.1}}"
        )
    for length, weight in weights.items():
        if not (is_count(length) and _finite(weight) and weight > 0.0):
            raise UsageError(
                f"lengths.choices({{{length!r}: {weight!r}}}): a length is a whole number from 1, a weight is positive"
            )
    return Choices(tuple(weights), tuple(map(float, weights.values())))


def read(name: str, given: object) -> Lengths:
    """A number, or a distribution.

    :param name: what messages call it.
    :raises UsageError: for what is neither.
    """
    if isinstance(given, (Fixed, Uniform, Lognormal, Choices)):
        return given
    if not is_count(given):
        raise UsageError(
            f"{name}={given!r}): give a whole number from 1, or a distribution of them, such as "
            "lengths.lognormal(512, cv=0.6)"
        )
    return Fixed(given)


def _finite(value: object) -> bool:
    return is_number(value) and math.isfinite(value)
