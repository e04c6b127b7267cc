"""Numbers with intervals, of the answers to a task."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_fmbench import stats
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit
from pytest_fmbench.quality.figures import COUNTED, DELTA, FAMILY, FIGURES, IN_COMPANY, LENGTH
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.judgements import Judgements, names_of
from pytest_fmbench.stats.bounded import bounded_mean

Value = Callable[[Answered], float]
"""Of an item that was answered."""

_COUNTED: Mapping[str, Value] = {
    "score": lambda one: one.score,
    "abstained": lambda one: float(one.abstained),
    "wrong": lambda one: float(one.wrong),
    "unparsable": lambda one: float(not one.parsed),
}
_NO_DELTA = "is against a baseline: name one, fmbench.quality(..., baseline=DEPLOYMENT)"
_NO_COMPANY = "holds answers in company against those alone: ask for both, fmbench.quality(..., alone=True)"


@dataclass(frozen=True)
class Figures:
    """Estimates of a task's answers, by item.

    :param baseline: what another deployment said; None where there is none.
    :param alone: what this one said when each item was asked alone; None where it was not.
    :param confidence: two-sided level of the intervals, unless another is asked for.
    :param judgements: what judges say; None where they have not been asked.
    """

    task: Task
    answers: Mapping[str, Answered]
    baseline: Mapping[str, Answered] | None = None
    alone: Mapping[str, Answered] | None = None
    confidence: float = 0.95
    judgements: Judgements | None = None
    _applies: dict[str, list[str]] = field(default_factory=dict)

    def names(self) -> Iterator[str]:
        """All that can be told, without ``quality.``; scorers first."""
        marked = self.task.scorer_names
        unmarked = ("score", "wrong", "unparsable") if not marked else ()
        plain = tuple(name for name in ("score", *marked, *COUNTED) if name not in unmarked)
        yield from self._of_judges()
        yield from plain
        if self.baseline is not None:
            yield from (*(f"{name}{DELTA}" for name in plain), LENGTH)
        if self.alone is not None:
            yield from IN_COMPANY

    def see_that_there_is(self, name: str) -> None:
        """See that a figure can be told.

        :raises UsageError: where it would take a baseline, or answers that were asked alone.
        :raises UnknownName: for one that no scorer of the task makes.
        """
        names = [*self.names()]
        if name in names:
            return
        if self.baseline is None and name.endswith(DELTA) and (name.removesuffix(DELTA) in names or name == LENGTH):
            raise UsageError(f"{FAMILY}{name} {_NO_DELTA}")
        if name in IN_COMPANY:
            raise UsageError(f"{FAMILY}{name} {_NO_COMPANY}")
        raise UnknownName(f"figure of the task {self.task.name!r}", name, names)

    def estimate(self, name: str, confidence: float | None = None) -> Estimate:
        """A figure; items whose request failed count as anything that they could have been.

        :raises UsageError: as :meth:`see_that_there_is`.
        """
        self.see_that_there_is(name)
        level, full = self.confidence if confidence is None else confidence, f"{FAMILY}{name}"
        if self.judgements is not None and name in self._of_judges():
            return self.judgements.estimate(name, level, full)
        if name == LENGTH:
            return _longer(self._pairs(self.baseline), level, full)
        if name == "drift":
            return _longer(self._pairs(self.alone), level, full)
        values, count = self.values(name), len(self._items(name))
        unit = FIGURES[full].unit if full in FIGURES else Unit.DIFFERENCE if name.endswith(DELTA) else Unit.SHARE
        least = -1.0 if unit is Unit.DIFFERENCE else 0.0
        return bounded_mean(values, least, unknowns=count - len(values), confidence=level, name=full, unit=unit)

    def values(self, name: str) -> list[float]:
        """What a figure is the mean of: one an item that it is about and that was answered, in order."""
        if self.judgements is not None and name in self._of_judges():
            return self.judgements.values(name)
        items = self._items(name)
        if name == "failed":
            return [float(self.answers[item].error is not None) for item in items]
        if name == "differs":
            return [float(one.text != other.text) for one, other in self._pairs(self.alone)]
        plain = name.removesuffix(DELTA)
        if plain != name:
            return [*self._differences(plain, items)]
        value = _value(plain)
        return [value(one) for one in map(self.answers.__getitem__, items) if one.error is None]

    def _of_judges(self) -> tuple[str, ...]:
        judges = self.task.judges
        return () if judges is None else names_of(judges, against=self.baseline is not None)

    def _differences(self, name: str, items: Sequence[str]) -> Iterator[float]:
        for item in items:
            one, other = self.answers[item], (self.baseline or {})[item]
            if name == "failed":
                yield float(one.error is not None) - float(other.error is not None)
            elif one.error is None and other.error is None:
                yield _value(name)(one) - _value(name)(other)

    def _pairs(self, others: Mapping[str, Answered] | None) -> list[tuple[Answered, Answered]]:
        both = ((one, (others or {})[name]) for name, one in self.answers.items())
        return [(one, other) for one, other in both if one.error is None and other.error is None]

    def _items(self, name: str) -> list[str]:
        """Names of the items that a figure is about."""
        scorer = name.removesuffix(DELTA)
        if scorer not in self.task.scorer_names:
            return [item.name for item in self.task.items]
        if scorer not in self._applies:
            marked = (one for one in self.task.items if scorer in [its.name for its in self.task.scorers_of(one)])
            self._applies[scorer] = [item.name for item in marked]
        return self._applies[scorer]


def _value(name: str) -> Value:
    return _COUNTED.get(name, lambda one: one.scores[name])


def _longer(pairs: Sequence[tuple[Answered, Answered]], level: float, name: str) -> Estimate:
    """Output tokens of the first over those of the second, less 1."""
    counted = [(one.output_tokens or 0, other.output_tokens or 0) for one, other in pairs]
    found = stats.ratio([one for one, _ in counted], [other for _, other in counted], confidence=level)
    ends = (-math.inf if math.isnan(found) else found.low - 1.0, math.inf if math.isnan(found) else found.high - 1.0)
    return Estimate(
        float(found) - 1.0, *ends, len(counted), name=name, unit=Unit.DIFFERENCE, confidence=found.confidence
    )
