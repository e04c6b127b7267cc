"""The qualities of a case: asked for, judged, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.runs.qualities.examining import Examiner
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.given import NOTHING, Given
from pytest_fmbench.runs.qualities.hearing import Hearing
from pytest_fmbench.runs.qualities.judged import judge_answers
from pytest_fmbench.runs.qualities.judging import judge_quality
from pytest_fmbench.runs.qualities.quality import Quality
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.runs.qualities.told import Plain, told
from pytest_fmbench.runs.qualities.wanted import Wanted, see_that_a_scorer_makes
from pytest_fmbench.runs.verdicts.sequential import Strictness
from pytest_fmbench.store.session import write_json
from pytest_fmbench.store.verdicts import VerdictStore
from pytest_fmbench.weights.cache import CACHE_VARIABLE, cache_root

_FILE = "quality.json"


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
            see_that_a_scorer_makes(one, wanted.task)
        if wanted.alone and self.examiner.keep is StoreText.NONE:
            raise UsageError("alone=True tells answers apart by their hash: --fmbench-store-text hash, or full")
        wanted.task.see_that_it_can_be_marked()
        for deployment in wanted.deployments:
            self.examiner.see_that_it_can_be(deployment)
        for judge in wanted.judges.panel.deployments if wanted.judges else ():
            self.examiner.pool.see_that_it_may_be(judge)
        made = self._made(wanted, objectives, name)
        self.found.append(made)
        write_json(made.folder / _FILE, told(made, self.examiner.case, self.session))
        return made

    def _made(self, wanted: Wanted, objectives: tuple[Objective, ...], name: str | None) -> Quality:
        before = None if wanted.baseline is None else self._given(wanted, wanted.baseline, wanted.concurrency)
        alone = self._given(wanted, wanted.deployment, 1) if wanted.alone else None
        given, nth = self._given(wanted, wanted.deployment, wanted.concurrency), len(self.found)
        folder = self.folder.with_name(f"{self.folder.name}.{nth + 1}") if nth else self.folder
        judgements = None
        if given.task.judges is not None:
            judgements = judge_answers(self._hearing(), given.task.judges, given, before, folder)
        figures = Figures(
            given.task,
            given.answers,
            None if before is None else before.answers,
            None if alone is None else alone.answers,
            self.examiner.how.confidence,
            judgements,
        )
        each = {"answers": given, "alone": alone, "baseline": before}
        have = {which: one for which, one in each.items() if one is not None}
        spent = sum((one.spent for one in have.values()), NOTHING if judgements is None else judgements.spent)
        return Quality(
            name or f"{self.examiner.case} quality{f' #{nth + 1}' if nth else ''}",
            wanted.deployment.id,
            figures,
            folder,
            {which: one.folder for which, one in have.items()},
            wanted.concurrency,
            given.fields,
            None if wanted.baseline is None else wanted.baseline.id,
            objectives,
            usd=spent.usd,
            made_with=given.made_with,
        )

    def _hearing(self) -> Hearing:
        return Hearing(
            self.examiner, VerdictStore(cache_root() / "verdicts", f"${CACHE_VARIABLE} names another folder")
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
            texts=wanted.judges is not None and concurrency == wanted.concurrency,
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
