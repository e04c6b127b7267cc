"""Having the answers of a deployment to a task: those that are there already, and the others, which are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from filelock import FileLock

from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.harness.evaluating import evaluated
from pytest_fmbench.runs.harness.examined import Examined, examined
from pytest_fmbench.runs.harness.examined import nothing_is_left as nothing_is_left_of_it
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.qualities.conditions import Conditions
from pytest_fmbench.runs.qualities.given import Given, folder_name, see_that_there_are_some
from pytest_fmbench.runs.qualities.greedy import greedy
from pytest_fmbench.runs.qualities.inquiry import Inquiry
from pytest_fmbench.runs.qualities.keeping import conditions_in, forget
from pytest_fmbench.runs.qualities.marking import Marking, nothing_is_left
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.runs.qualities.served import Served
from pytest_fmbench.workloads.rows.fitting import Count

_LOCK = "lock"
_PLAIN_TEXT = "openai-completions-whole"
"""What servers of OpenAI's dialects go on with, beside chats."""


@runtime_checkable
class Unfitted(Protocol):
    """A task that must know the model before it can ask, as it counts tokens."""

    def task_for(self, count: Count) -> Task:
        """The task, for a model that counts the input tokens of a prompt as ``count`` does."""
        ...

    def see_that_it_can_be_marked(self) -> None:
        """See that each scorer has what it needs.

        :raises UsageError: where one has not.
        """
        ...


@dataclass(frozen=True)
class _Asked:
    """How many at a time, and with which fields, as a case says it."""

    concurrency: int
    fields: Mapping[str, object] | None


@dataclass(frozen=True)
class Examiner:
    """Has the answers of deployments.

    :param case: whose observer is told of it.
    :param folder: where records go, one folder a deployment and task; a later call for the same finds them there.
    :param keep: how much of texts is kept.
    """

    pool: Pool
    how: Measuring
    case: str
    folder: Path
    keep: StoreText
    _texts: dict[Path, dict[str, str]] = field(default_factory=dict, repr=False)

    def see_that_it_can_be(self, deployment: Deployment) -> None:
        """See that what a deployment says can be read.

        :raises UsageError: where its dialect cannot tell.
        """
        if not isinstance(self.how.dialects[deployment.dialect](), Conversing):
            able = ", ".join(name for name in self.how.dialects if self._tells(name))
            raise UsageError(
                f"{deployment.id}: the dialect {deployment.dialect} does not tell what was said, so no answer can be "
                f"marked; these do: {able}"
            )

    def _tells(self, dialect: str) -> bool:
        try:
            return isinstance(self.how.dialects[dialect](), Conversing)
        except UsageError:  # it needs a package that is not installed
            return False

    def given(
        self,
        deployment: Deployment,
        task: Task | Unfitted | Harness,
        concurrency: int,
        *,
        requests: int | None = None,
        fields: Mapping[str, object] | None = None,
        beside: Deployment | None = None,
        texts: bool = False,
    ) -> Given:
        """The answers to ``task``; where all of them are there already, no server is started.

        :param requests: only to so many items, the first; None is all.
        :param fields: of each request's JSON; None is greedy decoding.
        :param beside: a deployment that is asked before or after.
        :param texts: whether what was said must be there too, for this case alone: where only its hash was kept, it is
            asked again.
        :raises EnvironmentFault: when the server broke, or nobody answers.
        :raises InvalidMeasurement: when every request failed.
        """
        served, asked = Served(self.pool, self.how, self.case, deployment, beside), _Asked(concurrency, fields)
        if isinstance(task, Harness):
            given = self._by_harness(task if requests is None else replace(task, limit=requests), served, asked)
        else:
            fitted = task if isinstance(task, Task) else task.task_for(served.count)
            given = self._marked(fitted.first(requests), served, asked, written=task, texts=texts)
        see_that_there_are_some(deployment, given.answers)
        return given

    def _marked(self, task: Task, served: Served, asked: _Asked, *, written: object, texts: bool) -> Given:
        """By scorers of ours.

        :param written: the task as its case wrote it.
        """

        def manner(dialect: str) -> tuple[str, Mapping[str, object]]:
            return dialect, greedy(dialect) if asked.fields is None else asked.fields

        folder = self._folder(served, task.name, task.described(), asked)
        heard = self._texts.setdefault(folder, {}) if texts else None
        with FileLock(folder / _LOCK):
            there = nothing_is_left(folder, task, self.keep, heard)
            under = conditions_in(folder, served, manner, there=there)
            dialect = self._telling(under.dialect)
            inquiry = Inquiry(self.how, served, dialect, folder, under.fields)
            marking = Marking(inquiry, dialect, task, self.keep, self.case, heard)
            answers, spent = marking.carried_out(asked.concurrency)
        told = under.told(written, task.described())
        return Given(task, answers, folder, under.fields, spent, heard or {}, told)

    def _by_harness(self, spec: Harness, served: Served, asked: _Asked) -> Given:
        folder = self._folder(served, spec.name, [repr(spec)], asked)
        with FileLock(folder / _LOCK):
            found = self._examined(spec, served, folder, asked)
            if found is None:
                forget(folder, served, "another task of the same name")
                found = self._examined(spec, served, folder, asked)
        if found is None:
            raise StoreError(f"{folder} holds answers that somebody else wrote there meanwhile")
        under, its = found
        told = {**under.told(spec, its.task.described()), **its.made_with}
        return Given(its.task, its.answers, folder, under.fields, its.spent, made_with=told)

    def _examined(
        self, spec: Harness, served: Served, folder: Path, asked: _Asked
    ) -> tuple[Conditions, Examined] | None:
        """None where what lies in ``folder`` is about other items."""
        fields = asked.fields or {}

        def manner(dialect: str) -> tuple[str, Mapping[str, object]]:
            name = _dialect_for(served.deployment, spec, dialect)
            return name, {**greedy(name), **fields}

        under = conditions_in(folder, served, manner, there=nothing_is_left_of_it(folder))
        dialect = self._telling(under.dialect)
        inquiry, many = Inquiry(self.how, served, dialect, folder, under.fields), asked.concurrency
        found = examined(spec, inquiry, dialect, evaluated, concurrency=many, keep=self.keep, fields=fields)
        return None if found is None else (under, found)

    def _telling(self, name: str) -> Conversing:
        dialect = self.how.dialects[name]()
        if not isinstance(dialect, Conversing):
            raise UsageError(f"the dialect {name} does not tell what was said")
        return dialect

    def _folder(self, served: Served, task: str, described: Iterable[str], asked: _Asked) -> Path:
        """One of its own for what is asked of whom."""
        name = folder_name(served.deployment, task, described, asked.concurrency, asked.fields)
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _dialect_for(deployment: Deployment, spec: Harness, dialect: str) -> str:
    """The one that a task of lm-evaluation-harness is asked in.

    :raises UsageError: where an endpoint does not go on with plain text.
    """
    if not spec.chat and not dialect.startswith("openai-"):
        raise UsageError(
            f"{deployment.id}: the dialect {dialect} knows no plain text, which harness({spec.name!r}) asks to go on "
            "with; ask with chat=True"
        )
    return dialect if spec.chat else _PLAIN_TEXT
