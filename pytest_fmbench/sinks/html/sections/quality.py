"""How well it answered: each task's scores with their intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import quality
from pytest_fmbench.sinks.html.base import Section, Summary, Told
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.words import cell, table
from pytest_fmbench.sinks.table import title_of

_LEAD = (
    "Each item of a task was asked once; a score is the mean of its marks, from 0 to 1, with an interval for what more "
    "items of the kind would have given. Answers that failed, abstained or could not be read are told apart: they are "
    "wrong too, for another reason."
)


def section(told: Told) -> Section | None:
    """A table a task, a row a case; None where no quality was measured."""
    tasks = defaultdict[str, list[Summary]](list)
    for one in told.qualities:
        tasks[one["task"]].append(one)
    body = list[Child]()
    for task, qualities in tasks.items():
        body += [tag("h3", cut(task, 60)), _table(task, qualities)]
        said = (
            text for one in qualities for text in (*quality.judging(one), *quality.by_harness(one), *quality.asked(one))
        )
        body += [tag("p", cut(text, 600), class_="note") for text in said]
    return Section("quality", "Quality", _LEAD, body) if body else None


def _table(task: str, qualities: Sequence[Summary]) -> Element:
    names = _names(qualities)
    rows = [
        [
            code(title_of(one)),
            tag("td", str(one["items"]), class_="number", data_sort=one["items"]),
            *(cell(one["figures"].get(name)) for name in names),
        ]
        for one in qualities
    ]
    return table(("case", "items", *(cut(name, 60) for name in names)), rows, f"Quality: {cut(task, 60)}")


def _names(qualities: Iterable[Summary]) -> list[str]:
    """What a task is about first, then whatever tells something of any of them."""
    told = list(qualities)
    first = (quality.first_of(one) for one in told)
    return [*dict.fromkeys((*first, *(name for one in told for name, _ in quality.figures(one))))]
