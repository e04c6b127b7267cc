"""The qualities of a case: asked for, judged, and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.quality.figures import FAMILY
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.qualities.examining import Examiner, Given, Unfitted
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.judging import judge_quality
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.runs.qualities.told import Plain, told
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.store.session import write_json

_FILE = "quality.json"


@dataclass(frozen=True)
class Wanted:
    """What a call asks for; see :meth:`pytest_fmbench.runs.bench.Bench.quality`.

    :raises UsageError: for a value that cannot be asked with.
    """

    deployment: Deployment
    task: Task | Unfitted | Harness
    baseline: Deployment | None
    requests: int | None
    concurrency: int
    alone: bool
    fields: Mapping[str, object] | None

    def __post_init__(self) -> None:
        if not isinstance(self.task, (Task, Unfitted, Harness)):
            raise UsageError(
                f"task={self.task!r}: give a Task, basics(), graded(...) of a workload of rows, or harness(NAME)"
            )
        if self.requests is not None and not is_count(self.requests):
            raise UsageError(f"requests={self.requests!r}: give a whole number of items, from 1")
        if not is_count(self.concurrency):
            raise UsageError(f"concurrency={self.concurrency!r}: give how many are asked at a time, from 1")
        if self.alone and self.concurrency == 1:
            raise UsageError("alone=True holds answers in company against those alone: give concurrency from 2")
        if self.baseline == self.deployment:
            raise UsageError(f"{self.deployment.id} is its own baseline: name another deployment")

    def lacks(self, objective: Objective) -> str:
        """What of this call an objective needs and there is not; empty where it is all there."""
        name = objective.metric.removeprefix(FAMILY)
        if name in ("differs", "drift") and not self.alone:
            return "holds answers in company against those alone: alone=True"
        if name.endswith(".delta") and self.baseline is None:
            return "is against a baseline: baseline=DEPLOYMENT"
        return ""


@dataclass
class Qualities:
    """Those of one case.

    :param folder: where the first one's ``quality.json`` goes.
    :param session: folder of all records.
    :param objectives: of the case, those about answers.
    :ivar found: in the order in which they were asked for.
    """

    examiner: Examiner
    folder: Path
    session: Path
    objectives: Sequence[Objective]
    found: list[Quality] = field(default_factory=list)

    def add(self, wanted: Wanted, *, judged: bool, name: str | None) -> Quality:
        """Have the answers; see :meth:`pytest_fmbench.runs.bench.Bench.quality`."""
        objectives = tuple(self.objectives) if judged else ()
        for one in objectives:
            if lacking := wanted.lacks(one):
                raise UsageError(f"{one.text!r} {lacking}")
            _see_that_a_scorer_makes(one, wanted.task)
        if wanted.alone and self.examiner.keep is StoreText.NONE:
            raise UsageError("alone=True tells answers apart by their hash: --fmbench-store-text hash, or full")
        wanted.task.see_that_it_can_be_marked()
        for deployment in filter(None, (wanted.deployment, wanted.baseline)):
            self.examiner.see_that_it_can_be(deployment)
        made = self._made(wanted, objectives, name)
        self.found.append(made)
        write_json(made.folder / _FILE, told(made, self.examiner.case, self.session))
        return made

    def _made(self, wanted: Wanted, objectives: tuple[Objective, ...], name: str | None) -> Quality:
        before = None if wanted.baseline is None else self._given(wanted, wanted.baseline, wanted.concurrency)
        alone = self._given(wanted, wanted.deployment, 1) if wanted.alone else None
        given, nth = self._given(wanted, wanted.deployment, wanted.concurrency), len(self.found)
        figures = Figures(
            given.task,
            given.answers,
            None if before is None else before.answers,
            None if alone is None else alone.answers,
            self.examiner.how.confidence,
        )
        each = {"answers": given, "alone": alone, "baseline": before}
        have = [one for one in each.values() if one is not None]
        paid = [one.usd for one in have if one.usd is not None]
        return Quality(
            name or f"{self.examiner.case} quality{f' #{nth + 1}' if nth else ''}",
            wanted.deployment.id,
            figures,
            self.folder.with_name(f"{self.folder.name}.{nth + 1}") if nth else self.folder,
            {which: one.folder for which, one in each.items() if one is not None},
            wanted.concurrency,
            given.fields,
            None if wanted.baseline is None else wanted.baseline.id,
            objectives,
            usd=sum(paid) if paid else None,
            made_with=given.made_with,
        )

    def _given(self, wanted: Wanted, deployment: Deployment, concurrency: int) -> Given:
        others = {one for one in (wanted.deployment, wanted.baseline) if one not in (None, deployment)}
        return self.examiner.given(
            deployment,
            wanted.task,
            concurrency,
            requests=wanted.requests,
            fields=wanted.fields,
            beside=next(iter(others), None),
        )

    @property
    def judged(self) -> int:
        """How many share the case's confidence, as far as is known: one at least where it promises something of them.

        A case that promises nothing of answers has none.
        """
        return max(1, sum(bool(one.objectives) for one in self.found)) if self.objectives else 0

    def judge(self, strictness: Strictness) -> None:
        """Give each its verdicts, and write them down.

        :raises StoreError: when that cannot be written.
        """
        for one in self.found:
            one.verdicts = judge_quality(one, strictness)
            write_json(one.folder / _FILE, told(one, self.examiner.case, self.session))

    def told(self) -> list[Plain]:
        """All as plain values."""
        return [told(one, self.examiner.case, self.session) for one in self.found]


def _see_that_a_scorer_makes(objective: Objective, task: Task | Unfitted | Harness) -> None:
    """See that an objective is about what the task's scorers say, as far as that is known before it is read.

    :raises UsageError: where it is not.
    """
    if isinstance(task, Task):
        nothing: dict[str, Answered] = {}
        Figures(task, nothing, nothing, nothing).see_that_there_is(objective.metric.removeprefix(FAMILY))
