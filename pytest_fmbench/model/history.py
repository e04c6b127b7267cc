"""A statistic over many sessions, and where its level changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from pytest_fmbench.model.comparison import Change
from pytest_fmbench.model.units import Unit


class Unusable(str, Enum):
    """Why a run, or a whole session, is in no series."""

    INTERRUPTED = "interrupted"
    """It has a spool, or no ``case.json``: its window never closed, or was never judged."""
    INVALID = "invalid"
    """Its own measurement error could change what it says."""
    UNREADABLE = "unreadable"
    """A file is damaged, or another version wrote it."""


@dataclass(frozen=True)
class LeftOut:
    """A run or a session that is in no series.

    :param where: the session, with the case's folder where it is not the whole session.
    """

    where: str
    kind: Unusable
    reason: str


@dataclass(frozen=True)
class Point:
    """A value and what it was made with.

    :param value: in SI units, finite.
    :param conditions: versions, machine and options of the session; deployment, workload and load of the run.
    """

    session: str
    value: float
    conditions: Mapping[str, str]


@dataclass(frozen=True)
class Series:
    """One statistic of one case's run over time; a session without a value has no point.

    :param case: folder of the run in each session: the node id's, and for a second run ``.2``.
    :param name: of the run, as its newest session has it.
    :param statistic: such as ``ttft.p95``.
    :param better: ``lower``, ``higher`` or empty, as its metric declares.
    """

    case: str
    name: str
    statistic: str
    unit: Unit
    better: str
    points: tuple[Point, ...]

    @property
    def values(self) -> list[float]:
        """Its values alone, in order of time."""
        return [point.value for point in self.points]


@dataclass
class History:
    """What a folder of sessions holds.

    :param sessions: names of those that hold a run of a series, in order of time.
    """

    sessions: list[str] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """A condition that changed.

    :param before: empty where there was none; ``after`` likewise.
    :param offset: sessions of the series after the change point; negative before it, 0 at it.
    """

    condition: str
    before: str
    after: str
    offset: int = 0


@dataclass(frozen=True)
class ChangePoint:
    """Where the level of a series changes.

    :param last: session, the last of the old level; ``first``: the first of the new one.
    :param before: mean of the old level, in SI units, back to the change point before; ``after`` of the new one.
    :param pvalue: of the t-test between both, as Otava gives it. The place was chosen for it, so it is smaller than the
        share of false alarms; and it may be of a stretch that ends sooner, at a change point that was dropped later.
    :param change: a regression is for the worse, an improvement for the better, anything else is different.
    :param differences: conditions that changed there or nearby, nearest first.
    """

    last: str
    first: str
    before: float
    after: float
    pvalue: float
    change: Change
    differences: tuple[Difference, ...]

    @property
    def relative(self) -> float:
        """After / before - 1; infinite from 0."""
        return self.after / self.before - 1 if self.before else math.copysign(math.inf, self.after)
