"""What a comparison says of one statistic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pytest_fmbench.model.estimate import Estimate


class Change(str, Enum):
    """The verdict on candidate / baseline."""

    REGRESSION = "regression"
    """All of the interval is on the bad side of 1, and not all of it within the margin."""
    IMPROVEMENT = "improvement"
    """All of the interval is on the good side of 1, and not all of it within the margin."""
    EQUIVALENT = "equivalent"
    """All of the interval is within the margin."""
    DIFFERENT = "different"
    """All of the interval is on one side of 1, for a number that is neither better low nor high."""
    INCONCLUSIVE = "inconclusive"
    """None of these is shown."""


@dataclass(frozen=True)
class Compared:
    """One statistic of two deployments, judged.

    :param name: such as ``ttft.p95``.
    :param baseline: the statistic, in SI units.
    :param candidate: the same, of the other.
    :param ratio: candidate / baseline, with the interval that the verdict rests on; its level is the verdict's own,
        shared with the other statistics of the comparison.
    :param reason: why, in a few words for people.
    """

    name: str
    baseline: float
    candidate: float
    ratio: Estimate
    change: Change
    reason: str

    def __str__(self) -> str:
        return f"{self.name} {self.change.value}, {self.reason}"


@dataclass(frozen=True)
class AgainstStored:
    """A run, held against a stored baseline.

    :param baseline: its name.
    :param runs: of the case that share its risk.
    :param lacking: why there is nothing to hold it against; empty where there is.
    :param differences: conditions that differ, so that nothing is compared.
    :param doubt: how our own error could change a verdict, so that there is none; empty where it could not.
    :param despite: conditions that differ, as they were allowed to.
    :param notes: what a reader should know.
    :param statistics: what was found; empty where nothing is compared.
    """

    baseline: str
    runs: int = 1
    lacking: str = ""
    differences: tuple[str, ...] = ()
    doubt: str = ""
    despite: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    statistics: tuple[Compared, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it could not be compared, although it should have been."""
        return bool(self.differences or self.doubt)

    @property
    def regressed(self) -> bool:
        """Whether a statistic is worse."""
        return any(one.change is Change.REGRESSION for one in self.statistics)


def outcome_in(found: Mapping[str, Any] | None) -> str:
    """What becomes of a run by what a baseline said of it, as plain values.

    :return: ``fail`` where something is worse, ``error`` where it could not be compared; else empty.
    """
    if not found:
        return ""
    if found["differences"] or found["doubt"]:
        return "error"
    return "fail" if any(one["change"] == Change.REGRESSION.value for one in found["statistics"]) else ""
