"""Who judges: deployments, or judges of one's own; and labelled answers by which they are judged themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.quality.judges.exhibit import Exhibit
from pytest_fmbench.quality.judges.rubric import Rubric

_UNREAD = 0.1
_CONCURRENCY = 4


@runtime_checkable
class Judge(Protocol):
    """A judge of one's own: a frozen dataclass, or anything else with these two."""

    @property
    def name(self) -> str:
        """By which reports call it."""
        ...

    def __call__(self, exhibit: Exhibit, rubric: Rubric) -> str:
        """What it says of ``exhibit``: the word of a grade, or a text that is read as any judge's is."""
        ...


@dataclass(frozen=True)
class Labelled:
    """Answers whose right grade is known, since a person gave it.

    :param grade: by its word.
    """

    exhibit: Exhibit
    grade: str

    @classmethod
    def of(cls, question: str, *answers: str, grade: str, references: tuple[str, ...] = ()) -> Labelled:
        """One of plain texts; of two answers where the rubric is of pairs.

        :param references: what is right.
        """
        return cls(Exhibit(question, answers, references), grade)


@dataclass(frozen=True)
class Panel:
    """Judges who vote; made by :func:`panel`."""

    judges: tuple[Deployment | Judge, ...]
    labelled: tuple[Labelled, ...] = ()
    swap: bool = True
    unread: float = _UNREAD
    concurrency: int = _CONCURRENCY
    fields: Mapping[str, object] | None = field(default=None, hash=False)
    cached: bool = True

    def __post_init__(self) -> None:
        if not self.judges:
            raise UsageError("panel() has no judge: name deployments, or judges of your own")
        for one in self.judges:
            if not isinstance(one, (Deployment, Judge)) or isinstance(one, type):
                raise UsageError(
                    f"panel({one!r}): a judge is a Deployment, or an object with a name that can be called"
                )
        names = self.names
        if double := next((name for name in names if names.count(name) > 1), None):
            raise UsageError(f"panel(...) has {double} twice: its voice would count twice")
        if not 0.0 <= self.unread < 1.0:
            raise UsageError(f"unread={self.unread!r}: give the share of verdicts that may be lost, from 0 and below 1")
        if not is_count(self.concurrency):
            raise UsageError(f"concurrency={self.concurrency!r}: give how many are asked at a time, from 1")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the judges, in their order."""
        return tuple(one.id if isinstance(one, Deployment) else one.name for one in self.judges)

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """Those of the judges that are deployments."""
        return tuple(one for one in self.judges if isinstance(one, Deployment))


def panel(
    *judges: Deployment | Judge,
    labelled: tuple[Labelled, ...] | list[Labelled] = (),
    swap: bool = True,
    unread: float = _UNREAD,
    concurrency: int = _CONCURRENCY,
    fields: Mapping[str, object] | None = None,
    cached: bool = True,
) -> Panel:
    """Judges who vote: ``panel(JUDGE, OTHER, THIRD)``.

    :param judges: deployments of any platform, or judges of one's own.
    :param labelled: answers with the grades that people gave them, by which the panel is judged itself.
    :param swap: whether pairs are shown in both orders.
    :param unread: the share of verdicts that may be lost; where more are, the case is an error.
    :param concurrency: how many answers are judged at a time.
    :param fields: of each request's JSON; greedy decoding where they are not given.
    :param cached: whether a deployment is not asked again of what it has judged once, in any session.
    :raises UsageError: for no judge, one twice, or a value that nothing can be judged with.
    """
    return Panel(judges, tuple(labelled), swap, unread, concurrency, fields, cached)


@dataclass(frozen=True)
class Judges:
    """A panel and what it is asked.

    :raises UsageError: for labelled answers of another rubric.
    """

    panel: Panel
    rubric: Rubric

    def __post_init__(self) -> None:
        if not isinstance(self.panel, Panel):
            raise UsageError(f"judged({self.panel!r}): give a panel, such as panel(DEPLOYMENT)")
        wanted = 2 if self.rubric.pairwise else 1
        for one in self.panel.labelled:
            if one.grade not in self.rubric.values:
                known = ", ".join(self.rubric.values)
                raise UsageError(f"the label {one.grade!r} is no grade of the rubric {self.rubric.name}: {known}")
            if len(one.exhibit.answers) != wanted:
                raise UsageError(
                    f"the labelled question {one.exhibit.question!r} has {len(one.exhibit.answers)} answers; "
                    f"the rubric {self.rubric.name} is of {wanted}"
                )
