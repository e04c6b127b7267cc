"""What a call of ``fmbench.quality(...)`` asks for, and what of it an objective needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.quality.figures import DELTA, FAMILY, OF_JUDGES
from pytest_fmbench.quality.judges.panel import Judges
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.given import see_deployments
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.qualities.examining import Unfitted
from pytest_fmbench.runs.qualities.figures import Figures
from pytest_fmbench.runs.qualities.judgements import names_of


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
        see_deployments(self.deployment, *filter(None, (self.baseline,)))
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
        if self.judges is not None and self.judges.rubric.pairwise and self.baseline is None:
            raise UsageError(f"the rubric {self.judges.rubric.name} compares two answers: baseline=DEPLOYMENT")

    @property
    def judges(self) -> Judges | None:
        """Who judges the answers; None where nobody does."""
        found = getattr(self.task, "judges", None)  # a task of one's own may know of none
        return found if isinstance(found, Judges) else None

    @property
    def deployments(self) -> tuple[Deployment, ...]:
        """All that are asked, each once."""
        judges = self.judges.panel.deployments if self.judges is not None else ()
        asked = (self.deployment, self.baseline, *judges)
        return tuple(dict.fromkeys(one for one in asked if one is not None))

    def lacks(self, objective: Objective) -> str:
        """What of this call an objective needs and there is not; empty where it is all there."""
        name = objective.metric.removeprefix(FAMILY)
        if name in ("differs", "drift") and not self.alone:
            return "holds answers in company against those alone: alone=True"
        if name.endswith(DELTA) and self.baseline is None:
            return "is against a baseline: baseline=DEPLOYMENT"
        return self._lacks_judges(name) if name.removesuffix(DELTA) in OF_JUDGES else ""

    def _lacks_judges(self, name: str) -> str:
        if self.judges is None:
            return "is of what judges say: task.judged(panel(DEPLOYMENT))"
        told = names_of(self.judges, against=self.baseline is not None)
        if name in told:
            return ""
        return f"is not what this panel tells by the rubric {self.judges.rubric.name}: {', '.join(told)}"


def see_that_a_scorer_makes(objective: Objective, task: Task | Unfitted | Harness) -> None:
    """See that an objective is about what the task's scorers say, as far as that is known before it is read.

    :raises UsageError: where it is not.
    """
    if isinstance(task, Task):
        nothing: dict[str, Answered] = {}
        Figures(task, nothing, nothing, nothing).see_that_there_is(objective.metric.removeprefix(FAMILY))
