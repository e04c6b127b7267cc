"""The answers of a deployment, and what is told of them all together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from pytest_fmbench.errors import InvalidMeasurement
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.measurement import Measurement, Window
from pytest_fmbench.model.record import RequestRecord
from pytest_fmbench.quality.task import Task
from pytest_fmbench.store.session import file_name
from pytest_fmbench.store.table import to_table


@dataclass(frozen=True)
class Spent:
    """What was asked now, and not found from before.

    :param requests: how many.
    :param usd: what they cost, in dollars; None where nobody pays.
    """

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None

    def __add__(self, other: Spent) -> Spent:
        """All of both."""
        paid = [one for one in (self.usd, other.usd) if one is not None]
        return Spent(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            sum(paid) if paid else None,
        )


NOTHING = Spent()


@dataclass(frozen=True)
class Given:
    """The answers of one deployment.

    :param answers: by item, in the task's order.
    :param folder: of their records.
    :param fields: that each request had.
    :param spent: on what was asked now.
    :param texts: what was said, by item, as far as it is needed; nobody keeps it.
    :param made_with: what else they depend on; of a task of lm-evaluation-harness its own figures too.
    """

    task: Task
    answers: Mapping[str, Answered]
    folder: Path
    fields: Mapping[str, object]
    spent: Spent = NOTHING
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    made_with: Mapping[str, object] = field(default_factory=dict)


def spent_on(records: Iterable[RequestRecord], usd: float | None) -> Spent:
    """What ``records`` took; tokens are the server's count, else ours."""
    found = [*records]
    output = (one.counted_output_tokens if one.output_tokens is None else one.output_tokens for one in found)
    return Spent(len(found), sum(one.input_tokens or 0 for one in found), sum(one or 0 for one in output), usd)


def measurement_of(records: Sequence[RequestRecord]) -> Measurement:
    """The records as a table, with the time that they took as their window."""
    begin, end = min(one.begun_ns for one in records), max(one.done_ns or one.begun_ns for one in records)
    return Measurement(to_table(records), Window(begin, end + 1))


def folder_name(
    deployment: Deployment, task: str, described: Iterable[str], concurrency: int, fields: Mapping[str, object] | None
) -> str:
    """Another for whatever else is asked, or asked otherwise, or of another model.

    :param fields: of each request's JSON; None is greedy decoding, as the deployment's dialect says it.
    """
    asked = json.dumps(fields, sort_keys=True, default=str)
    what = "\n".join((*described, asked, str(concurrency), deployment.model))
    return file_name(f"{deployment.id} {task} {sha256(what.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}")


def see_that_there_are_some(deployment: Deployment, answers: Mapping[str, Answered]) -> None:
    """See that something was answered.

    :raises InvalidMeasurement: where nothing was, with what most failed by.
    """
    errors = Counter(one.error for one in answers.values())
    if errors[None] == 0:
        error, count = errors.most_common(1)[0]
        raise InvalidMeasurement(
            f"{deployment.id}: none of {len(answers)} items was answered; {count} of them: {error}"
        )
