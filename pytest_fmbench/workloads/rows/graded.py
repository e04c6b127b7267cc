"""Rows with a truth: the same rows as a workload asks, as items of a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.quality.base import Item, Scorer, Truth
from pytest_fmbench.quality.by_text import ByText
from pytest_fmbench.quality.judges.panel import Judges, Panel
from pytest_fmbench.quality.judges.presets import rubric_of
from pytest_fmbench.quality.judges.rubric import Rubric
from pytest_fmbench.quality.scorers import SCORERS
from pytest_fmbench.quality.task import Task, see_that_they_can
from pytest_fmbench.workloads.rows.base import Form, Record, Unusable
from pytest_fmbench.workloads.rows.cells import cell
from pytest_fmbench.workloads.rows.fitting import Count
from pytest_fmbench.workloads.rows.longbench_v2 import KIND as LONGBENCH_V2
from pytest_fmbench.workloads.rows.workload import Rows

_LONGBENCH = {
    **dict.fromkeys(("narrativeqa", "qasper", "multifieldqa_en", "hotpotqa", "2wikimqa", "musique", "triviaqa"), "f1"),
    "multifieldqa_zh": "f1_zh",
    **dict.fromkeys(("gov_report", "qmsum", "multi_news", "samsum"), "rouge_l"),
    **dict.fromkeys(("dureader", "vcsum"), "rouge_l_zh"),
    **dict.fromkeys(("trec", "lsht"), "classification"),
    "passage_retrieval_en": "retrieval",
    "passage_retrieval_zh": "retrieval_zh",
    "passage_count": "count",
    **dict.fromkeys(("lcc", "repobench-p"), "code_similarity"),
}
"""How each task of LongBench is marked, by ``dataset2metric`` of its ``eval.py``."""

_FIRST_LINE = ("trec", "triviaqa", "samsum", "lsht")
_NAMES = ("_id", "id")


@dataclass(frozen=True)
class GradedPrompt(Prompt):
    """A prompt that knows its truth, so that whatever is chosen and cut keeps them together."""

    name: str = ""
    truth: Truth = field(default_factory=Truth)


@dataclass(frozen=True)
class _WithTruth:
    """Makes prompts as another form does, with their truths."""

    form: Form
    answers: str
    classes: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the other, and the truth's."""
        named = (self.answers, *([self.classes] if self.classes else []))
        return tuple(dict.fromkeys((*self.form.columns, *named)))

    def prompt(self, record: Record, folder: Path) -> Prompt:
        """See :class:`~pytest_fmbench.workloads.rows.base.Form`."""
        made = self.form.prompt(record, folder)
        right = _texts(cell(record, self.answers))
        if not right:
            raise Unusable(f"with nothing in {self.answers!r}")
        classes = _texts(record.get(self.classes)) if self.classes else ()
        plain = {one.name: getattr(made, one.name) for one in fields(made)}
        return GradedPrompt(**plain, name=_name(record), truth=Truth(right, classes))


@dataclass(frozen=True)
class Graded:
    """Rows as a task, once the model is known that they are asked of; made by :func:`graded`.

    :param scorers: of all items.
    :param judges: who says of answers what they are worth, beside scorers.
    """

    rows: Rows
    form: _WithTruth
    scorers: tuple[str | Scorer, ...]
    judges: Judges | None = None

    def judged(self, by: Panel, rubric: str | Rubric = "helpful") -> Graded:
        """See :meth:`pytest_fmbench.quality.task.Task.judged`.

        :raises UnknownName: for a rubric that there is not.
        """
        return replace(self, judges=Judges(by, rubric_of(rubric)))

    def task_for(self, count: Count) -> Task:
        """The task, for a model that counts the input tokens of a prompt as ``count`` does.

        :raises UsageError: when there is no row with a truth, or the source cannot be read.
        """
        asked = replace(self.rows.asked, form=self.form)
        kept = asked.kept(count if asked.choice.counted else None)
        return Task(self.rows.label, tuple(_items(one.prompt for one in kept.ready)), self.scorers, self.judges)

    def see_that_it_can_be_marked(self) -> None:
        """See that each scorer has what it needs.

        :raises UsageError: where one has not.
        """
        see_that_they_can(SCORERS[one] if isinstance(one, str) else one for one in self.scorers)

    def __repr__(self) -> str:
        return f"graded({self.rows!r}, {', '.join(map(repr, self.scorers))})"


def graded(
    rows: Rows,
    *scorers: str | Scorer,
    answers: str | None = None,
    classes: str | None = None,
) -> Graded:
    """Rows of a workload as a task: ``graded(jsonl("qa.jsonl", prompt="{question}"), "f1", answers="answer")``.

    :param rows: what ``jsonl``, ``csv``, ``parquet``, ``dataset`` or ``longbench`` made. LongBench, of either version,
        is marked as its authors mark it, unless a scorer is named.
    :param scorers: names, or scorers of one's own; the first is the one for ``quality.score``.
    :param answers: the column of what is right: a text, a number, or a list of which any is right; ``answers`` where it
        is not given, and ``answer`` of LongBench v2. Rows without are left out.
    :param classes: the column of all that could be answered; LongBench's is known.
    :raises UsageError: for no scorer, or rows that are none.
    :raises UnknownName: for a scorer that there is not.
    """
    if not isinstance(rows, Rows):
        raise UsageError(f"graded({rows!r}): give rows, such as jsonl(...) or longbench(...)")
    task, second = _longbench_task(rows), rows.label.startswith(f"{LONGBENCH_V2}:")
    if not scorers and (task or second):
        scorers = (_scorer_of(task) if task else SCORERS["choice"],)
    if not scorers:
        raise UsageError(f"graded({rows!r}): name a scorer, one of {', '.join(SCORERS)}")
    for one in scorers:
        if isinstance(one, str):
            SCORERS[one]
    column = "all_classes" if task is not None and classes is None else classes
    right = answers or ("answer" if second else "answers")
    return Graded(rows, _WithTruth(rows.asked.form, right, column), scorers)


def _longbench_task(rows: Rows) -> str | None:
    """Which task of LongBench rows are; None of others."""
    kind, _, rest = rows.label.partition(":")
    name = rest.partition(":")[0].removesuffix("_e")
    return name if kind == "longbench" and name in _LONGBENCH else None


def _scorer_of(task: str) -> Scorer:
    found = SCORERS[_LONGBENCH[task]]
    return replace(found, first_line=True) if isinstance(found, ByText) and task in _FIRST_LINE else found


def _texts(value: object) -> tuple[str, ...]:
    """What is right, as texts."""
    if isinstance(value, (list, tuple)):
        return tuple(str(one) for one in value if one is not None)
    return () if value is None else (str(value),)


def _name(record: Mapping[str, object]) -> str:
    """What a row calls itself, else a hash of it, the same wherever it stands."""
    own = next((record[name] for name in _NAMES if isinstance(record.get(name), (str, int))), None)
    return sha256(repr(sorted(record.items())).encode("utf-8", "replace")).hexdigest()[:12] if own is None else str(own)


def _items(prompts: Iterable[Prompt]) -> Iterable[Item]:
    """Items in their order; what is there twice gets a number behind its name."""
    seen = Counter[str]()
    for prompt in prompts:
        if isinstance(prompt, GradedPrompt):
            seen[prompt.name] += 1
            name = prompt.name if seen[prompt.name] == 1 else f"{prompt.name}#{seen[prompt.name]}"
            plain = {one.name: getattr(prompt, one.name) for one in fields(Prompt)}
            yield Item(name, Prompt(**plain), prompt.truth)
