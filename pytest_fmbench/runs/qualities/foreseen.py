"""What a call of ``fmbench.quality(...)`` will ask, as far as that is known before anything is."""

from __future__ import annotations

from pytest_fmbench.quality.judges.panel import Judges
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.harness.tasks import Harness
from pytest_fmbench.runs.qualities.wanted import Wanted


def foreseen(wanted: Wanted) -> str:
    """How many requests, of whom, in a line; how long they take nobody knows. Nothing is read or fetched for it."""
    count = _count(wanted)
    asked = [f"{_items(wanted, count)} are asked of {wanted.deployment.id}{', each alone too' if wanted.alone else ''}"]
    if wanted.baseline is not None:
        asked.append(f"and of {wanted.baseline.id}")
    if wanted.judges is not None:
        asked.append(f"then {_judging(wanted.judges, count, against=wanted.baseline is not None)}")
    return f"{', '.join(asked)}; what was answered before is not asked again, and how long it takes is not known"


def _count(wanted: Wanted) -> int | None:
    """How many items are asked; None where nobody knows before the task is read."""
    return len(wanted.task.first(wanted.requests).items) if isinstance(wanted.task, Task) else wanted.requests


def _items(wanted: Wanted, count: int | None) -> str:
    if not isinstance(wanted.task, Harness):
        return "its items" if count is None else f"{count} items"
    limit = wanted.task.limit if count is None else count
    which = "all items" if limit is None else f"{limit} items of each task at most"
    return f"harness({wanted.task.name!r}): {which}, as lm-evaluation-harness has them,"


def _judging(judges: Judges, items: int | None, *, against: bool) -> str:
    """``3 judges are asked 144 times each``."""
    rubric, panel, number = judges.rubric, judges.panel, len(judges.panel.judges)
    orders = 2 if rubric.pairwise and panel.swap else 1
    each = orders if rubric.pairwise or not against else 2
    times = "" if items is None else f" {items * each + len(panel.labelled) * orders} times each"
    return f"{number} judges are asked{times}" if number > 1 else f"a judge is asked{times.removesuffix(' each')}"
