"""Verdicts as text."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fmbench.model.objective import Verdict


def describe(verdicts: Iterable[Verdict]) -> str:
    """One line an objective, in columns: outcome, objective as written, and why, with value, interval and n."""
    rows = [(v.outcome.value.upper(), " ".join(v.objective.text.split()), v.reason) for v in verdicts]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return "\n".join(f"{mark:<{widths[0]}}  {text:<{widths[1]}}  {reason}" for mark, text, reason in rows)
