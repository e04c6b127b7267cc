"""Every run in a row, its main figures in columns."""

from __future__ import annotations

from pytest_fmbench.model.units import Unit
from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Section, Summary, Told, meanings
from pytest_fmbench.sinks.html.elements import Element, code, tag
from pytest_fmbench.sinks.html.words import badge, cell, table
from pytest_fmbench.sinks.table import columns_of, title_of

_LEAD = (
    "Each value with its interval below it; neither takes requests for independent, and an end that the data do not "
    "bound is left open. A press on a column's title sorts by it."
)

_TITLED = (Unit.TOKEN_RATE, Unit.REQUEST_RATE)

MEANINGS = {
    "TTFT": "from when a request was sent until its first token; of open loads verdicts count from when it was due",
    "TPOT": "of each request, the mean time from one token to the next",
    "ITL": "every pause between two tokens, of all requests together: its tail is where a stream stalls",
    "E2E": "from when a request was sent until its last token came",
    "p50, p95": "half of the values, or 95 of a hundred, are at most so large; mean: their sum over their number",
    "tokens/s, requests/s": "what arrived in the window over its length, of all users together",
    "items/s": "images, embeddings or other items, likewise",
    "errors": "requests that failed, of those that began in the window",
    "outcome": "what the SLA says of the run; a run without one has no outcome",
}
"""Of the columns' titles, as people say them; docs/glossary.md has the formulas."""


def section(told: Told) -> Section | None:
    """The table that the terminal shows."""
    if not told.summaries:
        return None
    columns = [one for one in columns_of(told.summaries) if any(_known(run, one[1]) for run in told.summaries)]
    titles = ["run", "outcome", "load", "requests", *(title for title, _ in columns)]
    rows = [
        [
            code(title_of(one)),
            badge(outcomes.of_run(one)),
            code(one.get("load", "-")),
            tag("td", str(one["requests"]), class_="number", data_sort=one["requests"]),
            *(_bare(cell(one["figures"].get(key))) for _, key in columns),
        ]
        for one in told.summaries
    ]
    shown = table(titles, rows, "Main figures of every run", numbers_from=3)
    return Section("figures", "Figures", _LEAD, [shown, meanings("What the columns mean", MEANINGS)])


def _bare(made: Element) -> Element:
    """Without the unit that the column's title has."""
    for part in (made, *made):
        for unit in _TITLED:
            part.text = part.text and part.text.removesuffix(f" {unit.value}")
    return made


def _known(run: Summary, key: str) -> bool:
    return (run["figures"].get(key) or {}).get("value") is not None
