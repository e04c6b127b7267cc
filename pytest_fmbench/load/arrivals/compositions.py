"""Loads made of loads: one after another, several at once, and a part of one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from typing import Any

from pytest_fmbench.clock import seconds_to_ns
from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals.base import OpenLoop, seed_of_part
from pytest_fmbench.load.arrivals.values import abridged, checked_seconds, is_positive, written


@dataclass(frozen=True)
class Part:
    """A load for a time, in seconds."""

    load: OpenLoop
    lasts_s: float

    def __str__(self) -> str:
        whole = self.lasts_s == self.load.shape_s
        return str(self.load) if whole else f"{self.load}:{written(self.lasts_s)}s"


@dataclass(frozen=True)
class Then:
    """One load after another; the last one goes on."""

    parts: tuple[Part, ...]

    @property
    def shape_s(self) -> float:
        """Of all parts together."""
        return math.fsum(part.lasts_s for part in self.parts)

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:
        """Each part's own, moved to where it begins, as far as its time."""
        begin_ns = 0
        for nth, part in enumerate(self.parts):
            drawn = part.load.offsets(seed_of_part(seed, nth), 0 if nth else lead_ns)
            end_ns = begin_ns + seconds_to_ns(part.lasts_s) + (0 if nth else lead_ns)
            for offset in drawn:
                if begin_ns + offset >= end_ns and nth + 1 < len(self.parts):
                    break
                yield begin_ns + offset
            begin_ns = end_ns

    def __str__(self) -> str:
        return abridged("first:" + "-then-".join(map(str, self.parts)))


@dataclass(frozen=True)
class Mix:
    """Several loads at once, each drawn independently of the others."""

    loads: tuple[OpenLoop, ...]

    @property
    def shape_s(self) -> float:
        """That of the longest."""
        return max(load.shape_s for load in self.loads)

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:
        """Those of all, in order."""
        return merge(*(load.offsets(seed_of_part(seed, nth), lead_ns) for nth, load in enumerate(self.loads)))

    def __str__(self) -> str:
        return abridged("mix:" + "-and-".join(map(str, self.loads)))


@dataclass(frozen=True)
class Thinned:
    """A load of whose requests each is kept with probability ``share``, whatever becomes of the others."""

    load: OpenLoop
    share: float

    @property
    def shape_s(self) -> float:
        """That of the load."""
        return self.load.shape_s

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:
        """Some of those that the load has with this seed."""
        drawn = random.Random(seed_of_part(seed, 0))  # noqa: S311  # a simulation, no secret
        return (offset for offset in self.load.offsets(seed, lead_ns) if drawn.random() < self.share)

    def __str__(self) -> str:
        return abridged(f"thinned:{written(self.share)}:{self.load}")


def then(*loads: OpenLoop | tuple[OpenLoop, float | str]) -> Then:
    """One load after another: ``then((poisson(2), "1min"), ramp(2, 20, over="30s"), poisson(20))``.

    A load with a shape lasts as long as that, one that is always alike as long as is said. The last goes on.

    :param loads: loads by the clock, or pairs of one and of how long it lasts.
    :raises UsageError: for fewer than two, one by no clock, and a length that is not given or cuts a shape off.
    """
    if len(loads) < 2:
        raise UsageError(f"then(...) takes two loads or more, one after another, and was given {len(loads)}")
    parts = [_part(load) for load in loads]
    for part in parts[:-1]:
        if not part.lasts_s:
            raise UsageError(f"then(...): {part.load} has no end; say how long it lasts, as (poisson(2), '30s')")
    return Then(tuple(parts))


def mix(*loads: OpenLoop) -> Mix:
    """Several loads at once, independent of each other: ``mix(poisson(5), spike(0.1, 20, at="30s", lasting="5s"))``.

    :raises UsageError: for fewer than two, and for one by no clock.
    """
    if len(loads) < 2:
        raise UsageError(f"mix(...) takes two loads or more, all at once, and was given {len(loads)}")
    return Mix(tuple(_by_the_clock("mix", load) for load in loads))


def thin(load: OpenLoop, share: float) -> Thinned:
    """``share`` of a load's requests, each kept or left out by chance; of a Poisson process it makes a slower one.

    :raises UsageError: for a load by no clock, and for a share that is not above 0 and at most 1.
    """
    if not is_positive(share) or share > 1:
        raise UsageError(f"thin(share={share!r}): give a share above 0, 1 at most")
    return Thinned(_by_the_clock("thin", load), float(share))


def _part(given: OpenLoop | tuple[OpenLoop, float | str]) -> Part:
    load, length = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    load = _by_the_clock("then", load)
    if length is None:
        return Part(load, load.shape_s)
    lasts_s = checked_seconds(f"then(({load}, {length!r}))", length)
    if lasts_s < load.shape_s:
        raise UsageError(f"then(({load}, {length!r})): that cuts it off; its shape takes {load.shape_s:g} s")
    return Part(load, lasts_s)


def _by_the_clock(call: str, load: Any) -> OpenLoop:  # noqa: ANN401  # whatever was given
    if not hasattr(load, "offsets"):
        raise UsageError(f"{call}({load}): give loads by the clock, such as poisson(2) or ramp(1, 10, over='30s')")
    checked: OpenLoop = load
    return checked
