"""What each run's SLA came to, in lines for people: each objective with its value, interval and n."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.sinks.table import told_apart

Summary = Mapping[str, Any]


def lines(summaries: Sequence[Summary]) -> list[str]:
    """Of each run its name, and below it its verdicts, what made it invalid, and warnings; nothing of one without."""
    told = ((named["name"], _told(one)) for named, one in zip(told_apart(summaries), summaries, strict=True))
    return [line for name, found in told if found for line in (f"{name}:", *found)]


def _told(summary: Summary) -> list[str]:
    name = f"{summary['name']}: "
    return [
        *_verdicts(summary["verdicts"]),
        *(f"invalid: {problem}" for problem in summary["invalid"]),
        *(f"warning: {warning.removeprefix(name)}" for warning in summary["warnings"]),
    ]


def _verdicts(verdicts: Iterable[Summary]) -> list[str]:
    """As :func:`pytest_fmbench.sla.describe` puts them."""
    return aligned((one["outcome"].upper(), " ".join(one["objective"].split()), one["reason"]) for one in verdicts)
