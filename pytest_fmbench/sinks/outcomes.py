"""What became of each case of a session, in one word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.comparison import outcome_in
from pytest_fmbench.sinks.table import outcome_of

Summary = Mapping[str, Any]

WORST_FIRST = ("error", "invalid", "fail", "inconclusive", "pass", "-", "skipped")
"""All words; of a case with several, the first counts. "-" is one without an SLA."""


def of_run(summary: Summary) -> str:
    """The worse of what SLA and baseline say."""
    # an SLA of nothing but promises of each request has no verdict that could say so
    return min(filter(None, (outcome_of(summary), outcome_in(summary.get("baseline")))), key=WORST_FIRST.index)


def of_cases(
    summaries: Iterable[Summary],
    errors: Sequence[tuple[str, str]] = (),
    capacities: Sequence[Summary] = (),
    qualities: Sequence[Summary] = (),
) -> dict[str, str]:
    """The word of each case; arguments are those of :func:`pytest_fmbench.sinks.markdown.page.render`."""
    found: dict[str, set[str]] = {name: {"error"} for name, _ in errors}
    for one in capacities:
        found.setdefault(one["case"], set()).add("pass")  # a search has no verdict; a plain assertion is an error
    for one in qualities:
        found.setdefault(one["case"], set()).add("pass" if one["outcome"] == "-" else one["outcome"])
    for summary in summaries:
        found.setdefault(summary["case"], set()).add(of_run(summary))
    return {case: min(words, key=WORST_FIRST.index) for case, words in found.items()}
