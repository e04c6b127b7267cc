"""What faults are made of; :mod:`pytest_fmbench.testing.faults` has those to use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Protocol

from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.steps import Pause, Script, Step, Write


class Fault(Protocol):
    """Something that changes a reply."""

    def __call__(self, asked: Asked, steps: Iterable[Step]) -> Iterable[Step]:
        """The broken reply to ``asked``, of which ``steps`` is the healthy one."""
        ...


@dataclass(frozen=True)
class Faulty:
    """A script with faults, each around those before it. Made by :func:`faulty`."""

    script: Script
    faults: tuple[Fault, ...]

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """The script's reply, broken."""
        steps = self.script(asked)
        for fault in self.faults if asked.method != "GET" else ():
            steps = fault(asked, steps)
        return steps


@dataclass(frozen=True)
class Insert:
    """Steps that come in between, after so many tokens."""

    after: int
    steps: tuple[Step, ...]

    def __call__(self, asked: Asked, steps: Iterable[Step]) -> Iterator[Step]:  # noqa: ARG002  # a fault gets both
        """The steps with ours between them."""
        written, ours = 0, self.steps
        for step in steps:
            tokens = step.tokens if isinstance(step, Write) else 0
            if written + tokens > self.after or 0 < self.after <= written:
                yield from ours
                ours = ()
            written += tokens
            yield step


@dataclass(frozen=True)
class Trickle:
    """Every write in small pieces."""

    size: int
    gap_s: float

    def __call__(self, asked: Asked, steps: Iterable[Step]) -> Iterator[Step]:  # noqa: ARG002  # a fault gets both
        """The steps in pieces, of which the last carries the tokens."""
        for step in steps:
            if isinstance(step, Write):
                yield from self._pieces(step)
            else:
                yield step

    def _pieces(self, step: Write) -> Iterator[Step]:
        *firsts, last = range(0, max(1, len(step.data)), self.size)
        for begin in firsts:
            yield Write(step.data[begin : begin + self.size], 0, step.at_s)
            yield Pause(self.gap_s)
        yield Write(step.data[last:], step.tokens, step.at_s)


@dataclass(frozen=True)
class Instead:
    """One write instead of the reply."""

    write: Write

    def __call__(self, asked: Asked, steps: Iterable[Step]) -> Iterable[Step]:  # noqa: ARG002  # a fault gets both
        """The write alone."""
        return [self.write]


@dataclass(frozen=True)
class Sometimes:
    """A fault of some requests: each draws for itself, or they are counted."""

    fault: Fault
    share: float
    every: int
    seed: int

    def __call__(self, asked: Asked, steps: Iterable[Step]) -> Iterable[Step]:
        """The broken reply if it is this request's turn, else the healthy one."""
        return self.fault(asked, steps) if self._hits(asked.index) else steps

    def _hits(self, index: int) -> bool:
        if self.every:
            return index % self.every == self.every - 1
        return Random(f"{self.seed}/{index}/fault").random() < self.share  # noqa: S311  # a simulation, no secret
