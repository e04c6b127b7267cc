"""A task: what is asked with known truths, and how answers are marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.abstention import abstains
from pytest_fmbench.quality.base import RIGHT, WRONG, Demanding, Item, Mark, Scorer
from pytest_fmbench.quality.judges.panel import Judges, Panel
from pytest_fmbench.quality.judges.presets import rubric_of
from pytest_fmbench.quality.judges.rubric import Rubric
from pytest_fmbench.quality.scorers import SCORERS


@dataclass(frozen=True)
class Marks:
    """What an answer is worth.

    :param by_scorer: each scorer's mark, the item's first one first.
    :param abstained: it says that it is no answer.
    """

    by_scorer: dict[str, Mark]
    abstained: bool

    @property
    def first(self) -> Mark:
        """What ``quality.score`` is made of."""
        return next(iter(self.by_scorer.values()))

    @property
    def parsed(self) -> bool:
        """Whether all scorers could read it; what says that it is no answer need not be read."""
        return self.abstained or all(mark.parsed for mark in self.by_scorer.values())


@dataclass(frozen=True)
class Task:
    """Items, each asked once.

    :param scorers: of items that name none: names, or scorers of one's own; the first is the one for ``quality.score``.
        None at all where judges alone are to say what answers are worth.
    :param judges: who else says it; see :meth:`judged`.
    :raises UsageError: for no item, two of one name, or one without the truth that its scorer, or a judge, needs.
    """

    name: str
    items: tuple[Item, ...]
    scorers: tuple[str | Scorer, ...] = ("exact_match",)
    judges: Judges | None = None

    def __post_init__(self) -> None:
        if not self.items:
            raise UsageError(f"task {self.name!r} has no item")
        names = [item.name for item in self.items]
        if len({*names}) < len(names):
            double = next(name for name in names if names.count(name) > 1)
            raise UsageError(f"task {self.name!r} has two items called {double!r}: names tell items apart")
        for item in self.items:
            self._see_its_truth(item)

    def _see_its_truth(self, item: Item) -> None:
        scorers, rubric = self.scorers_of(item), self.judges.rubric if self.judges else None
        if rubric is not None and rubric.reference and not (item.truth.answers or item.truth.unanswerable):
            raise UsageError(
                f"item {item.name!r} of task {self.name!r} has no answers, by which the rubric {rubric.name} is judged"
            )
        lacking = next((one for one in scorers if not getattr(item.truth, one.needs)), None)
        if lacking is not None and not item.truth.unanswerable:
            raise UsageError(
                f"item {item.name!r} of task {self.name!r} has no {lacking.needs}, which the scorer {lacking.name} "
                "needs"
            )

    def scorers_of(self, item: Item) -> tuple[Scorer, ...]:
        """How an item is marked.

        :raises UnknownName: for a scorer that there is not.
        """
        return tuple(SCORERS[one] if isinstance(one, str) else one for one in item.scorers or self.scorers)

    @cached_property
    def scorer_names(self) -> tuple[str, ...]:
        """All that are used, each once."""
        return tuple(dict.fromkeys(one.name for item in self.items for one in self.scorers_of(item)))

    def judged(self, by: Panel, rubric: str | Rubric = "helpful") -> Task:
        """The same, whose answers a panel judges too: ``task.judged(panel(JUDGE), "helpful")``; see docs/judges.md.

        :param rubric: its name, or one of one's own. One of pairs compares with the answers of a baseline.
        :raises UsageError: for a rubric that needs what the items have not.
        :raises UnknownName: for a rubric that there is not.
        """
        return replace(self, judges=Judges(by, rubric_of(rubric)))

    def see_that_it_can_be_marked(self) -> None:
        """See that each scorer has what it needs, and that something says what each answer is worth.

        :raises UsageError: where that is not so.
        """
        unmarked = next((item for item in self.items if not self.scorers_of(item)), None)
        if unmarked is not None and (self.judges is None or self.scorer_names):
            raise UsageError(
                f"item {unmarked.name!r} of task {self.name!r} has no scorer: {', '.join(SCORERS)}; or have the task "
                "judged, of which then no item has one"
            )
        see_that_they_can(scorer for item in self.items for scorer in self.scorers_of(item))

    def first(self, count: int | None) -> Task:
        """The same with so many items only; None is all."""
        return self if count is None else replace(self, items=self.items[:count])

    def marked(self, item: Item, said: Answer) -> Marks:
        """What ``said`` is worth as the answer to ``item``.

        To say that one does not know is right where nobody could, and then nothing else is; elsewhere it is marked as
        any answer, and counted apart.
        """
        abstained, scorers = abstains(said.text) and not said.tool_calls, self.scorers_of(item)
        if item.truth.unanswerable:
            return Marks({one.name: RIGHT if abstained else WRONG for one in scorers}, abstained)
        return Marks({one.name: one(said, item) for one in scorers}, abstained)

    def described(self) -> Iterable[str]:
        """What is asked and how it is marked, a line an item: two tasks of equal lines are the same."""
        for item in self.items:
            yield repr((item.name, item.prompt, item.truth, [repr(one) for one in self.scorers_of(item)]))

    def __repr__(self) -> str:
        return f"Task({self.name!r}, {len(self.items)} items)"


def see_that_they_can(scorers: Iterable[Scorer]) -> None:
    """See that each of them has what it needs to mark.

    :raises UsageError: where one has not.
    """
    for one in {scorer.name: scorer for scorer in scorers}.values():
        if isinstance(one, Demanding):
            one.see_that_it_can()
