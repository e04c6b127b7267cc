"""Every run in a row, its main figures in columns."""

from __future__ import annotations

from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Section, Told
from pytest_fmbench.sinks.html.elements import code, tag
from pytest_fmbench.sinks.html.words import badge, cell, table
from pytest_fmbench.sinks.table import columns_of

_LEAD = (
    "Each value with its interval below it; neither takes requests for independent, and an end that the data do not "
    "bound is infinite. A press on a column's title sorts by it."
)


def section(told: Told) -> Section | None:
    """The table that the terminal shows."""
    if not told.summaries:
        return None
    columns = columns_of(told.summaries)
    titles = ["run", "outcome", "load", "requests", *(title for title, _ in columns)]
    rows = [
        [
            code(one["name"]),
            badge(outcomes.of_run(one)),
            code(one.get("load", "-")),
            tag("td", str(one["requests"]), class_="number", data_sort=one["requests"]),
            *(cell(one["figures"].get(key)) for _, key in columns),
        ]
        for one in told.summaries
    ]
    return Section("figures", "Figures", _LEAD, [table(titles, rows, "Main figures of every run", numbers_from=3)])
