"""Having the answers of a deployment to a task: those that are there already, and the others, which are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa
from filelock import FileLock

from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.errors import LaunchError, NotMeasured, UsageError
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.platforms.base import Server
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.crew.standing import Decoded, Standing
from pytest_fmbench.runs.measure import TABLE, Measuring
from pytest_fmbench.runs.observer import Stage
from pytest_fmbench.runs.pool import Pool
from pytest_fmbench.runs.qualities.asking import Questions, ask_all, new_spool, spools
from pytest_fmbench.runs.qualities.given import (
    Given,
    Greeting,
    Spent,
    folder_name,
    input_tokens_of,
    measurement_of,
    see_that_there_are_some,
    spent_on,
)
from pytest_fmbench.runs.qualities.greedy import greedy
from pytest_fmbench.runs.qualities.reading import StoreText, read_back
from pytest_fmbench.runs.ready.asking import Asking
from pytest_fmbench.runs.ready.counting import Counter
from pytest_fmbench.runs.ready.readying import readied
from pytest_fmbench.runs.tenancy.cost import Meter
from pytest_fmbench.store.answers import ANSWERS, read_answers, write_answers
from pytest_fmbench.store.table import read_measurement, write_measurement
from pytest_fmbench.workloads.rows.fitting import Count


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
        task: Task | Unfitted,
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
        readied(server, Greeting(), self.how, self.case)
        dialect = self.how.dialects[server.endpoint.dialect]()
        if not isinstance(dialect, Conversing):
            raise UsageError(f"{deployment.id}: the dialect {dialect.name} does not tell what was said")
        fitted = task if isinstance(task, Task) else task.task_for(Counter(Asking(server.endpoint, dialect)))
        fitted, asked = fitted.first(requests), greedy(dialect.name) if fields is None else fields
        folder = self.folder / folder_name(deployment, fitted, concurrency, asked)
        folder.mkdir(parents=True, exist_ok=True)
        heard = self._texts.setdefault(folder, {}) if texts else None
        with FileLock(folder / "lock"):
            one = _Examination(self, server, dialect, fitted, folder, asked, heard)
            answers, spent = one.carried_out(concurrency)
        see_that_there_are_some(deployment, answers)
        return Given(fitted, answers, folder, asked, spent, heard or {})


@dataclass(frozen=True)
class _Examination:
    """One deployment and one task.

    :param heard: told what was said, by item; None where nobody needs it.
    """

    by: Examiner
    server: Server
    dialect: Conversing
    task: Task
    folder: Path
    fields: Mapping[str, object]
    heard: dict[str, str] | None

    def carried_out(self, concurrency: int) -> tuple[dict[str, Answered], Spent]:
        """The answers, in the task's order, and what was spent on them now."""
        records = list[RequestRecord]()
        there = {one.item: one for one in read_answers(self.folder / ANSWERS)}
        there |= read_back(spools(self.folder), self.task, self.dialect, self.by.keep, records.append, heard=self.heard)
        left = [(nth, item.prompt) for nth, item in enumerate(self.task.items) if not self._is_there(there, item.name)]
        if there and len(left) < len(self.task.items):
            kept = len(self.task.items) - len(left)
            self.by.how.observer.say(f"{self.by.case}: {kept} of {len(self.task.items)} items were answered before")
        spent = self._ask(left, concurrency, there, records) if left else Spent()
        answers = {item.name: there[item.name] for item in self.task.items}
        if records:
            self._keep([*answers.values()], records)
        return answers, spent

    def _is_there(self, there: Mapping[str, Answered], item: str) -> bool:
        """Whether an item need not be asked."""
        if item not in there or there[item].error is not None:
            return False
        if self.heard is not None and self.by.keep is StoreText.FULL:
            self.heard.setdefault(item, there[item].text or "")
        return self.heard is None or item in self.heard

    def _ask(
        self,
        left: list[tuple[int, Prompt]],
        concurrency: int,
        there: dict[str, Answered],
        records: list[RequestRecord],
    ) -> Spent:
        how, spool, asked = self.by.how, new_spool(self.folder), list[RequestRecord]()
        meter = Meter(how.cost_of(self.server), input_tokens_of(self.task))
        questions = Questions(self.server.endpoint, self.dialect, left, self.fields, concurrency, spool)
        how.observer.enter(Stage.MEASURE)
        with meter, how.turn(self.server):
            ask_all(questions, lambda begun: self._look(begun, meter))
        how.observer.leave()
        for name, one in read_back(
            [spool], self.task, self.dialect, self.by.keep, asked.append, heard=self.heard
        ).items():
            if one.error is None or name not in there or there[name].error is not None:
                there[name] = one
        measurement = measurement_of(asked)
        if self.server.foreign:
            how.cap.spend(measurement)
        records += asked
        return spent_on(asked, meter.paid(measurement))

    def _look(self, begun: int, meter: Meter) -> None:
        """See that the server lives, and that the cap and the budget hold."""
        failure = self.server.failure()
        if failure:
            raise LaunchError(f"{failure} while it was asked", self.server.log_tail())
        output = begun * sum(item.prompt.max_tokens for item in self.task.items) // len(self.task.items)
        if self.server.foreign:
            self.by.how.cap.check(begun * meter.input_tokens + output)
        meter.look(Standing(begun, begun, Decoded(begun, output_tokens=output)))
        if meter.spent:
            raise NotMeasured(f"not measured: {meter.spent}")

    def _keep(self, answers: list[Answered], records: list[RequestRecord]) -> None:
        """Write what is known now, and let go of the spools."""
        measurement, path = measurement_of(records), self.folder / TABLE
        if path.exists():
            before = read_measurement(path)
            window = Window(before.window.begin_ns, measurement.window.end_ns)
            measurement = Measurement(pa.concat_tables([before.requests, measurement.requests]), window)
        write_measurement(path, measurement)
        write_answers(self.folder / ANSWERS, answers)
        for spool in spools(self.folder):
            spool.unlink()
