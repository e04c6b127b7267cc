"""What a stored baseline says of each run."""

from __future__ import annotations

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import against
from pytest_fmbench.sinks.html.base import Section, Told
from pytest_fmbench.sinks.html.elements import code, tag
from pytest_fmbench.sinks.table import title_of
from pytest_fmbench.store.redaction import redacted


def section(told: Told) -> Section | None:
    """Every ratio, a list a run."""
    compared = [(one, lines) for one in told.summaries if (lines := against.lines(one))]
    if not compared:
        return None
    body = []
    for summary, lines in compared:
        body.append(tag("h3", code(title_of(summary)), " against ", code(summary["baseline"]["name"])))
        body.append(tag("ul", (tag("li", code(cut(redacted(line), 600))) for line in lines), class_="lines"))
    return Section("baseline", "Against the baseline", against.BOUNDS, body)
