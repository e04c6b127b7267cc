"""Verdicts as text."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.model.objective import Verdict


def describe(verdicts: Iterable[Verdict]) -> str:
    """One line an objective, in columns: outcome, objective as written, and why, with value, interval and n."""
    rows = ((v.outcome.value.upper(), " ".join(v.objective.text.split()), v.reason) for v in verdicts)
    return "\n".join(aligned(rows))
