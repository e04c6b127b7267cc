"""How well it answered: each task's scores with their intervals."""

from __future__ import annotations

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import quality
from pytest_fmbench.sinks.html.base import Section, Told
from pytest_fmbench.sinks.html.elements import code
from pytest_fmbench.sinks.html.words import table

_LEAD = (
    "Each item of a task was asked once; a score is the mean of its marks, from 0 to 1, with an interval for what more "
    "items of the kind would have given. Answers that failed, abstained or could not be read are told apart: they are "
    "wrong too, for another reason."
)
_COLUMNS = ("case", "deployment", "task", "items", "figure", "value and interval")


def section(told: Told) -> Section | None:
    """None where no quality was measured."""
    rows = [
        (code(one["name"]), code(one["deployment"]), cut(one["task"]), str(one["items"]), cut(name, 60), text)
        for one in told.qualities
        for name, text in quality.figures(one)
    ]
    return Section("quality", "Quality", _LEAD, [table(_COLUMNS, rows, "Qualities")]) if rows else None
