"""Loads whose rate has a shape: ramps, steps and spikes. Between these rates, arrivals are those of a Poisson process.

Exact, by inversion: with L(t) the integral of the rate, arrival k is where L reaches the sum of k draws from Exp(1)
(E. Cinlar, Introduction to Stochastic Processes, 1975, chapter 4). So no step in time is too coarse for it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_fmbench.clock import NS_PER_S
from pytest_fmbench.errors import UsageError
from pytest_fmbench.load.arrivals.values import abridged, checked_rate, checked_seconds, written


@dataclass(frozen=True)
class Stretch:
    """A time in which the rate goes in a straight line from ``first`` to ``last``, both in requests a second."""

    first: float
    last: float
    lasts_s: float

    @property
    def expected(self) -> float:
        """How many arrivals it has on average."""
        return self.lasts_s * (self.first + self.last) / 2.0

    def reached_s(self, arrivals: float) -> float:
        """How long it takes until so many are expected: the root of first t + slope t^2 / 2 = arrivals, in seconds."""
        slope = (self.last - self.first) / self.lasts_s
        return 2.0 * arrivals / (self.first + math.sqrt(max(0.0, self.first**2 + 2.0 * slope * arrivals)))


class Shaped:
    """A load that is described by its stretches, after which its last rate holds."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One after another, from the begin of the window."""
        raise NotImplementedError

    @property
    def shape_s(self) -> float:
        """Of all stretches together."""
        return math.fsum(one.lasts_s for one in self.stretches)

    def offsets(self, seed: int, lead_ns: int = 0) -> Iterator[int]:
        """Where the expected number of arrivals reaches sums of draws from Exp(1)."""
        drawn = random.Random(seed)  # noqa: S311  # a simulation, no secret
        begin_s, ahead = 0.0, drawn.expovariate(1.0)
        for one in self._from_the_start(lead_ns / NS_PER_S):
            while ahead < one.expected:
                yield round((begin_s + one.reached_s(ahead)) * NS_PER_S)
                ahead += drawn.expovariate(1.0)
            begin_s, ahead = begin_s + one.lasts_s, ahead - one.expected

    def _from_the_start(self, lead_s: float) -> Iterator[Stretch]:
        first, last = self.stretches[0].first, self.stretches[-1].last
        if lead_s:
            yield Stretch(first, first, lead_s)
        yield from self.stretches
        yield Stretch(last, last, math.inf)


@dataclass(frozen=True)
class Ramp(Shaped):
    """From one rate to another in a straight line."""

    start: float
    stop: float
    over_s: float

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The one."""
        return (Stretch(self.start, self.stop, self.over_s),)

    def __str__(self) -> str:
        return f"ramp:{written(self.start)}-{written(self.stop)}:{written(self.over_s)}s"


@dataclass(frozen=True)
class Steps(Shaped):
    """Rates, each for its time in seconds."""

    steps: tuple[tuple[float, float], ...]

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One a step."""
        return tuple(Stretch(rate, rate, lasts_s) for rate, lasts_s in self.steps)

    def __str__(self) -> str:
        lengths = {lasts_s for _, lasts_s in self.steps}
        if len(lengths) == 1:
            return abridged(f"steps:{'+'.join(written(rate) for rate, _ in self.steps)}:{written(*lengths)}s")
        return abridged("steps:" + "+".join(f"{written(rate)}:{written(lasts_s)}s" for rate, lasts_s in self.steps))


@dataclass(frozen=True)
class Spike(Shaped):
    """A rate, another one from ``at_s`` on for ``lasting_s``, and the first one again for as long as before."""

    base: float
    peak: float
    at_s: float
    lasting_s: float

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Before, in, and after it."""
        calm = Stretch(self.base, self.base, self.at_s)
        return (calm, Stretch(self.peak, self.peak, self.lasting_s), calm)

    def __str__(self) -> str:
        return f"spike:{written(self.base)}-{written(self.peak)}:{written(self.at_s)}s+{written(self.lasting_s)}s"


def ramp(start: float, stop: float, over: float | str) -> Ramp:
    """From ``start`` to ``stop`` requests a second in a straight line, and ``stop`` from then on.

    :param over: how long it takes, as ``"30s"`` or in seconds.
    :raises UsageError: for a rate or a length that is not positive.
    """
    rates = checked_rate(f"ramp(start={start!r})", start), checked_rate(f"ramp(stop={stop!r})", stop)
    return Ramp(*rates, checked_seconds(f"ramp(over={over!r})", over))


def steps(levels: Sequence[float | tuple[float, float | str]], each: float | str | None = None) -> Steps:
    """One rate after another: ``steps([2, 4, 8], each="30s")`` or ``steps([(2, "1min"), (8, "30s")])``.

    The last rate goes on after its time.

    :param levels: requests a second, or pairs of that and of how long it lasts.
    :param each: how long a rate lasts that is no pair.
    :raises UsageError: for none, and for a rate or a length that is not positive or not given.
    """
    form = "steps([2, 4, 8], each='30s') or steps([(2, '1min'), (8, '30s')])"
    if isinstance(levels, (str, bytes)) or not isinstance(levels, Sequence) or not levels:
        raise UsageError(f"steps({levels!r}): give one rate or more, as {form}")
    found = []
    for level in levels:
        rate, length = level if isinstance(level, (tuple, list)) and len(level) == 2 else (level, each)
        checked = checked_rate(f"steps: {level!r}", rate)
        if length is None:
            raise UsageError(f"steps: {level!r} has no length; write {form}")
        found.append((checked, checked_seconds(f"steps: {length!r} for {rate!r} requests a second", length)))
    return Steps(tuple(found))


def spike(base: float, peak: float, at: float | str, lasting: float | str) -> Spike:
    """``base`` requests a second, ``peak`` from ``at`` on for as long as ``lasting``, then ``base`` again.

    What follows the peak is measured for as long as what went before it, so that a recovery shows.

    :param at: from the begin of the window, as ``"30s"`` or in seconds; ``lasting`` likewise.
    :raises UsageError: for a rate or a length that is not positive.
    """
    rates = checked_rate(f"spike(base={base!r})", base), checked_rate(f"spike(peak={peak!r})", peak)
    at_s = checked_seconds(f"spike(at={at!r})", at)
    return Spike(*rates, at_s, checked_seconds(f"spike(lasting={lasting!r})", lasting))
