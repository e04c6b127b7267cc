"""One of several, as often as its weight says; pure, and seeded by the caller."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_number

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Weighted(Generic[Choice]):
    """Choices and their weights, which need not add up to 1."""

    choices: tuple[Choice, ...]
    weights: tuple[float, ...]

    def draw(self, dimension: str, index: int, seed: int) -> Choice:
        """One of them; the same for the same arguments.

        :param dimension: what it is that is drawn, so that a change of one moves no other.
        """
        if len(self.choices) == 1:
            return self.choices[0]
        drawn = Random(f"{seed}:{dimension}:{index}").random()  # noqa: S311  # variety, not secrecy
        return self.choices[min(bisect(self._edges, drawn * self._edges[-1]), len(self.choices) - 1)]

    @cached_property
    def _edges(self) -> list[float]:
        return list(accumulate(self.weights))


def weighted(what: str, given: Mapping[Choice, float]) -> Weighted[Choice]:
    """Choices with their weights.

    :param what: what messages call it.
    :raises UsageError: for none, or for a weight that is not positive.
    """
    if not isinstance(given, Mapping) or not given:
        raise UsageError(f'{what}{given!r}: give choices with their weights, such as {{"a": 0.7, "b": 0.3}}')
    for choice, weight in given.items():
        if not is_number(weight) or not 0.0 < weight < math.inf:
            raise UsageError(f"{what}{{{choice!r}: {weight!r}}}: a weight is a positive number")
    return Weighted(tuple(given), tuple(map(float, given.values())))
