"""What a call of ``fmbench.quality(...)`` will ask, as far as that is known before anything is."""

from __future__ import annotations

from pytest_fmbench.quality.judges.panel import Judges
from pytest_fmbench.quality.task import Task
from pytest_fmbench.runs.qualities.wanted import Wanted


def foreseen(wanted: Wanted) -> str:
    """How many requests, of whom, in a line; how long they take nobody knows."""
    count = len(wanted.task.first(wanted.requests).items) if isinstance(wanted.task, Task) else wanted.requests
    items = "its items" if count is None else f"{count} items"
    asked = [f"{items} are asked of {wanted.deployment.id}{', each alone too' if wanted.alone else ''}"]
    if wanted.baseline is not None:
        asked.append(f"and of {wanted.baseline.id}")
    if wanted.judges is not None:
        asked.append(f"then {_judging(wanted.judges, count, against=wanted.baseline is not None)}")
    return f"{', '.join(asked)}; what was answered before is not asked again, and how long it takes is not known"


def _judging(judges: Judges, items: int | None, *, against: bool) -> str:
    """``3 judges are asked 144 times each``."""
    rubric, panel, number = judges.rubric, judges.panel, len(judges.panel.judges)
    orders = 2 if rubric.pairwise and panel.swap else 1
    each = orders if rubric.pairwise or not against else 2
    times = "" if items is None else f" {items * each + len(panel.labelled) * orders} times each"
    return f"{number} judges are asked{times}" if number > 1 else f"a judge is asked{times.removesuffix(' each')}"
