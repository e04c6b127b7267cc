"""Having the verdicts of one judge: those that are known already, and the others, for which it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from filelock import FileLock

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.quality.base import Item, Truth
from pytest_fmbench.quality.judges.exhibit import Exhibit
from pytest_fmbench.quality.judges.panel import Judge, Judges
from pytest_fmbench.quality.judges.verdict import Lost, Verdict
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.examining import Examiner
from pytest_fmbench.runs.qualities.given import NOTHING, Spent
from pytest_fmbench.store.session import file_name
from pytest_fmbench.store.verdicts import VerdictStore

_LOCKS = "judging"
"""Folder beside that of answers."""


@dataclass(frozen=True)
class Heard:
    """What one judge says.

    :param known: how many of the verdicts were there already.
    """

    verdicts: dict[Exhibit, Verdict]
    known: int = 0
    spent: Spent = NOTHING


@dataclass(frozen=True)
class Hearing:
    """Asks judges as any deployment is asked, by the same pool, client, spool, cap and budget. Records are their own.

    :param examiner: who asks.
    :param store: verdicts of all sessions.
    """

    examiner: Examiner
    store: VerdictStore

    def of(self, judge: Deployment | Judge, judges: Judges, exhibits: Sequence[Exhibit]) -> Heard:
        """What ``judge`` says of each exhibit.

        :raises EnvironmentFault: when its server broke, or nobody answers.
        :raises InvalidMeasurement: when every request failed.
        :raises UsageError: for a judge of one's own that says something else than a text.
        """
        if isinstance(judge, Deployment):
            return self._deployment(judge, judges, exhibits)
        return Heard({one: _own(judge, judges, one) for one in exhibits})

    def _deployment(self, judge: Deployment, judges: Judges, exhibits: Sequence[Exhibit]) -> Heard:
        """One worker of the session after another, so that each finds what those before it were told."""
        locks = self.examiner.folder.with_name(_LOCKS)
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{file_name(judge.id)}.lock"):
            return self._asked(judge, judges, exhibits)

    def _asked(self, judge: Deployment, judges: Judges, exhibits: Sequence[Exhibit]) -> Heard:
        keys = {one: _key(judge, judges, one) for one in exhibits}
        found = self._known(judges, keys.items()) if judges.panel.cached else {}
        left, say = [one for one in exhibits if one not in found], self.examiner.how.observer.say
        say(f"{self.examiner.case}: {judge.id} judges {len(left)} answers; {len(found)} were judged before")
        if not left:
            return Heard(found, len(found))
        items = tuple(Item(keys[one], judges.rubric.prompt(one), Truth()) for one in left)
        task, panel = Task(f"judging {judges.rubric.name}", items, ()), judges.panel
        given = self.examiner.given(judge, task, panel.concurrency, fields=panel.fields, texts=True)
        new = dict[Exhibit, Verdict]()
        for one in left:
            said, reply = given.texts.get(keys[one]), given.answers[keys[one]]
            new[one] = Verdict(lost=Lost.FAILED) if said is None else judges.rubric.read(said, reply.finish_reason)
        self._keep(judges, ((keys[one], verdict) for one, verdict in new.items()))
        return Heard(found | new, len(found), given.spent)

    def _known(self, judges: Judges, keys: Iterable[tuple[Exhibit, str]]) -> dict[Exhibit, Verdict]:
        grades = ((exhibit, self.store.known(key)) for exhibit, key in keys)
        return {exhibit: Verdict(grade) for exhibit, grade in grades if grade in judges.rubric.values}

    def _keep(self, judges: Judges, verdicts: Iterable[tuple[str, Verdict]]) -> None:
        """Remember what was read: another time a judge that said nothing may say something."""
        for key, verdict in verdicts:
            if judges.panel.cached and verdict.grade is not None:
                self.store.keep(key, verdict.grade)


def _own(judge: Judge, judges: Judges, exhibit: Exhibit) -> Verdict:
    said: object = judge(exhibit, judges.rubric)
    if not isinstance(said, str):
        grades = ", ".join(judges.rubric.values)
        raise UsageError(f"the judge {judge.name} says {said!r}; it says a text that names a grade, one of {grades}")
    return judges.rubric.read(said)


def _key(judge: Deployment, judges: Judges, exhibit: Exhibit) -> str:
    """Of all that decides what a judge is asked."""
    fields = json.dumps(judges.panel.fields, sort_keys=True, default=str)
    what = (repr(judge), fields, repr(judges.rubric.prompt(exhibit)), repr(judges.rubric.grades))
    return sha256("\n".join(what).encode("utf-8", "surrogatepass")).hexdigest()
