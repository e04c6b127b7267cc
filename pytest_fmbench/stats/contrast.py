"""One statistic of two deployments, with a ratio at any level: what verdicts are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.samples import Share
from pytest_fmbench.model.units import Unit
from pytest_fmbench.stats.paired import MINIMUM_PAIRS, PairedRatio, paired_ratio
from pytest_fmbench.stats.pooled import Block
from pytest_fmbench.stats.rare import rare_ratio
from pytest_fmbench.stats.unpaired import unpaired_ratio

_SHOWN = 0.95

Measure = Callable[[float], Estimate]
"""An estimate at a two-sided level."""


@dataclass(frozen=True)
class Contrast:
    """Candidate against baseline.

    :param name: such as ``ttft.p95``.
    :param unit: of the statistic itself.
    :param better: ``lower``, ``higher`` or empty.
    :param ratio: candidate / baseline at a two-sided level.
    :param note: what limits it, for people; empty if nothing does.
    """

    name: str
    unit: Unit
    better: str
    baseline: float
    candidate: float
    ratio: Measure
    note: str = ""

    def __post_init__(self) -> None:
        if self.better not in {"lower", "higher", ""}:
            raise UsageError(f"{self.name}: better is {self.better!r}; it is 'lower', 'higher' or empty for neither")


def paired(
    name: str,
    baseline: Sequence[Block],
    candidate: Sequence[Block],
    q: float | None = None,
    *,
    unit: Unit = Unit.SECOND,
    better: str = "lower",
) -> Contrast:
    """That of two arms measured in turns, by :func:`~pytest_fmbench.stats.paired.paired_ratio`.

    A share that is none or all, or that is none without one of the pairs, shows no spread, and its ratio is that of
    :func:`~pytest_fmbench.stats.rare.rare_ratio`.

    :raises UsageError: as that, and for a ``better`` that is no direction.
    """
    found = paired_ratio(baseline, candidate, q)

    shares = [[one for one in arm if isinstance(one, Share)] for arm in (baseline, candidate)]

    def ratio(level: float) -> Estimate:
        if all(shares) and _shows_no_spread(found):
            return rare_ratio(*shares, confidence=level, name=name)
        return found.estimate(confidence=level, name=name)

    return Contrast(name, unit, better, found.baseline, found.candidate, ratio, _note(found))


def stored(baseline: Measure, candidate: Measure, *, better: str = "lower") -> Contrast:
    """That of two runs measured apart, by :func:`~pytest_fmbench.stats.unpaired.unpaired_ratio`.

    :param baseline: the estimate, at any level that is asked for; so is ``candidate``, which gives name and unit.
    :raises UsageError: for a ``better`` that is no direction.
    """

    def ratio(level: float) -> Estimate:
        return unpaired_ratio(baseline(level), candidate(level), name=name)

    before, after = baseline(_SHOWN), candidate(_SHOWN)
    name = after.name
    open_ended = [word for word, one in (("baseline", before), ("candidate", after)) if math.isinf(one.high)]
    note = f"nothing bounds {' and '.join(open_ended)} from above" if open_ended else ""
    return Contrast(name, after.unit, better, before, after, cache(ratio), note)


def _shows_no_spread(found: PairedRatio) -> bool:
    return found.pairs >= MINIMUM_PAIRS and (found.error == 0.0 or math.isinf(found.error))


def _note(found: PairedRatio) -> str:
    """What keeps a ratio from being bounded."""
    if found.pairs < MINIMUM_PAIRS:
        left_out = f", {found.left_out} more have an empty block" if found.left_out else ""
        return f"{found.pairs} pairs{left_out}; {MINIMUM_PAIRS} are the least"
    for word, value in (("baseline", found.baseline), ("candidate", found.candidate)):
        if not value > 0.0:
            return f"the {word} is {value:g}"
    return "without one of the pairs a value is 0" if math.isinf(found.error) else ""
