"""A deployment examined by lm-evaluation-harness: its requests asked by our client, its marks as answers of ours."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_fmbench.client.dialects.base import Conversing
from pytest_fmbench.model.answered import Answered
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Answer
from pytest_fmbench.quality.abstention import abstains
from pytest_fmbench.quality.base import Item, Mark, Truth
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.harness.evaluating import Doc, Evaluated
from pytest_fmbench.runs.harness.requests import Model
from pytest_fmbench.runs.harness.respondent import Reply, Respondent
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.qualities.asking import spools
from pytest_fmbench.runs.qualities.given import Spent
from pytest_fmbench.runs.qualities.inquiry import Inquiry
from pytest_fmbench.runs.qualities.reading import StoreText
from pytest_fmbench.store.answers import ANSWERS, read_answers
from pytest_fmbench.store.session import read_json, write_json

HARNESS = "harness.json"
"""What a task and its figures were made with, beside answers."""


@dataclass(frozen=True)
class TheirMark:
    """A metric of lm-evaluation-harness, which has marked already."""

    name: str
    marks: Mapping[str, float] = field(repr=False, hash=False, compare=False)
    needs: str = "answers"

    def __call__(self, said: Answer, item: Item) -> Mark:  # noqa: ARG002  # it was marked by all that was said
        """See :class:`~pytest_fmbench.quality.base.Scorer`."""
        return Mark(self.marks[item.name])


@dataclass(frozen=True)
class Examined:
    """The task as it was asked, what it found, and what was spent on it now."""

    task: Task
    answers: Mapping[str, Answered]
    made_with: Mapping[str, object]
    spent: Spent


def examined(
    spec: Harness,
    inquiry: Inquiry,
    dialect: Conversing,
    evaluate: Callable[[Harness, Model], Evaluated],
    *,
    concurrency: int,
    keep: StoreText,
    fields: Mapping[str, object],
) -> Examined | None:
    """Have a deployment examined; what was answered in an earlier attempt is not asked again.

    None where what is there was asked of other items, or by another version of lm-evaluation-harness.

    :param evaluate: :func:`~pytest_fmbench.runs.harness.evaluating.evaluated`.
    :param keep: how much of texts is kept.
    :raises UsageError: where the task cannot be asked of this endpoint.
    :raises EnvironmentFault: when the server broke, or nobody answers.
    """
    there = {one.item: one for one in read_answers(inquiry.folder / ANSWERS) if one.error is None}
    model = Respondent(inquiry, dialect, concurrency, spec.chat, frozenset(there), fields)
    found = evaluate(spec, model)
    path = inquiry.folder / HARNESS
    before = read_json(path) if there and path.exists() else None
    if before is not None and _plain(before) != _plain(found.made_with):
        return None
    answers = {one.name: there.get(one.name) or _answered(one, model.replies[one.name], keep) for one in found.docs}
    whole = not there and not any(one.error for one in answers.values())
    made_with: dict[str, Any] = {**found.made_with, "theirs": found.theirs if whole else {}}
    if before is not None:
        made_with["theirs"] = before["theirs"]
    if model.records:
        write_json(path, made_with)
        inquiry.keep([*answers.values()], model.records)
    return Examined(_task(spec, found.docs), answers, made_with, model.spent)


def nothing_is_left(folder: Path) -> bool:
    """Whether all that a task asks is answered there, so that nobody need be asked."""
    there = read_answers(folder / ANSWERS)
    return bool(there) and all(one.error is None for one in there) and not spools(folder)


def _plain(made_with: Mapping[str, Any]) -> dict[str, Any]:
    """As a file has it, without what was found."""
    found: dict[str, Any] = json.loads(json.dumps(made_with))
    return {name: value for name, value in found.items() if name != "theirs"}


def _task(spec: Harness, docs: Sequence[Doc]) -> Task:
    """Items as our figures know them; their prompts are in lm-evaluation-harness."""
    marks = defaultdict[str, dict[str, float]](dict)
    for doc in docs:
        for name, value in doc.marks.items():
            marks[name][doc.name] = value
    scorers = {name: TheirMark(name, its) for name, its in marks.items()}
    nothing = Prompt((), max_tokens=1)
    items = [Item(doc.name, nothing, Truth((doc.target,)), tuple(scorers[name] for name in doc.marks)) for doc in docs]
    return Task(spec.name, tuple(items), tuple(scorers.values()))


def _answered(doc: Doc, replies: Sequence[Reply], keep: StoreText) -> Answered:
    """What was said, or which of several texts is the likeliest, with its marks."""
    error = next((one.error for one in replies if one.error), None)
    if error is not None:
        return Answered(doc.name, error=error)
    said = max(replies, key=lambda one: one.log)
    tokens = sum(one.tokens for one in replies)
    abstained = len(replies) == 1 and abstains(said.text)
    return Answered(doc.name, keep.kept(said.text), tokens, said.finish_reason, abstained, True, None, doc.marks)
