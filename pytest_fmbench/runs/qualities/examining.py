"""Having the answers of a deployment to a task: those that are there already, and the others, which are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from filelock import FileLock

from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.endpoint import Endpoint
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.harness.evaluating import evaluated
from pytest_fmbench.runs.harness.examined import examined
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.measure import Measuring
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.qualities.conditions import conditions
from pytest_fmbench.runs.qualities.given import Given, Greeting, folder_name, see_that_there_are_some
from pytest_fmbench.runs.qualities.greedy import greedy
from pytest_fmbench.runs.qualities.inquiry import Inquiry
from pytest_fmbench.runs.qualities.marking import Marking
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.counting import Counter
from pytest_fmbench.runs.ready.readying import readied
from pytest_fmbench.workloads.rows.fitting import Count

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
    """Who is asked, how, and how many at a time."""

    deployment: Deployment
    server: Server
    dialect: Conversing
    concurrency: int


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
        """The answers to ``task``.

        :param requests: only to so many items, the first; None is all.
        :param fields: of each request's JSON; None is greedy decoding.
        :param beside: a deployment that is asked before or after.
        :param texts: whether what was said must be there too, for this case alone: where only its hash was kept, it is
            asked again.
        :raises EnvironmentFault: when the server broke, or nobody answers.
        :raises InvalidMeasurement: when every request failed.
        """
        server = self.pool.acquire(deployment, beside=beside)
        _, finding = readied(server, Greeting(), self.how, self.case)
        if isinstance(task, Harness):
            spec = task if requests is None else replace(task, limit=requests)
            dialect = self._telling(_dialect_for(deployment, spec, server.endpoint.dialect))
            given = self._by_harness(spec, _Asked(deployment, server, dialect, concurrency), fields or {})
        else:
            dialect = self._telling(server.endpoint.dialect)
            fitted = task if isinstance(task, Task) else task.task_for(Counter(Asking(server.endpoint, dialect)))
            asked = _Asked(deployment, server, dialect, concurrency)
            given = self._marked(fitted.first(requests), asked, fields, texts=texts)
        see_that_there_are_some(deployment, given.answers)
        told = conditions(task, given.task.described(), server, dialect, finding.fingerprint)
        return replace(given, made_with={**told, **given.made_with})

    def _telling(self, name: str) -> Conversing:
        dialect = self.how.dialects[name]()
        if not isinstance(dialect, Conversing):
            raise UsageError(f"the dialect {name} does not tell what was said")
        return dialect

    def _marked(self, task: Task, asked: _Asked, fields: Mapping[str, object] | None, *, texts: bool) -> Given:
        fields = greedy(asked.dialect.name) if fields is None else fields
        inquiry = self._inquiry(asked, task.name, task.described(), fields)
        heard = self._texts.setdefault(inquiry.folder, {}) if texts else None
        with FileLock(inquiry.folder / "lock"):
            marking = Marking(inquiry, asked.dialect, task, self.keep, self.case, heard)
            answers, spent = marking.carried_out(asked.concurrency)
        return Given(task, answers, inquiry.folder, fields, spent, heard or {})

    def _by_harness(self, spec: Harness, asked: _Asked, fields: Mapping[str, object]) -> Given:
        every = {**greedy(asked.dialect.name), **fields}
        inquiry, many = self._inquiry(asked, spec.name, [repr(spec)], every), asked.concurrency
        with FileLock(inquiry.folder / "lock"):
            found = examined(spec, inquiry, asked.dialect, evaluated, concurrency=many, keep=self.keep, fields=fields)
        return Given(found.task, found.answers, inquiry.folder, every, found.spent, made_with=found.made_with)

    def _inquiry(self, asked: _Asked, task: str, described: Iterable[str], fields: Mapping[str, object]) -> Inquiry:
        """In a folder of its own."""
        folder = self.folder / folder_name(asked.deployment, task, described, asked.concurrency, fields)
        folder.mkdir(parents=True, exist_ok=True)
        endpoint = _endpoint_in(asked.dialect.name, asked.server.endpoint)
        return Inquiry(self.how, asked.server, endpoint, asked.dialect, folder, fields)


def _endpoint_in(dialect: str, endpoint: Endpoint) -> Endpoint:
    """``endpoint`` in another dialect than its own: what it is asked beside, to count what is streamed, is left out."""
    if dialect == endpoint.dialect:
        return endpoint
    fields = {name: value for name, value in endpoint.request_fields.items() if name != "stream_options"}
    return replace(endpoint, dialect=dialect, request_fields=fields)


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
