"""What sessions came to: a table of tasks, a row a run, and one of turns for each run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.columns import figures as in_columns
from pytest_fmbench.model.session import TaskEnd
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.table import cell_of

Summary = Mapping[str, Any]

_FIGURES = (
    ("success", "task.success"),
    ("e2e p50", "task.e2e.p50"),
    ("e2e p95", "task.e2e.p95"),
    ("turns", "task.turns.mean"),
    ("valid calls", "tool_calls.valid"),
    ("cache hits", "prefix_cache.hit"),
)
_DOLLARS = ("costs", "task.usd")
_ENDS = {TaskEnd.TURNS.value: "out of turns", TaskEnd.CONTEXT.value: "out of context"}
"""What would be taken for something else behind a number."""
TURNS = ("turn", "requests", "TTFT p50", "E2E p50", "input tokens", "cached")


def columns(summaries: Iterable[Summary]) -> tuple[str, ...]:
    """The titles of :func:`rows`; dollars are among them where any run has a price."""
    return ("case", "tasks", *(title for title, _ in _figures(summaries)), "ended")


def rows(summaries: Sequence[Summary]) -> list[tuple[str, ...]]:
    """A row for each run that has tasks, as :func:`columns` are."""
    figures = _figures(summaries)
    return [
        (
            summary["name"],
            str(summary["tasks"]["tasks"]),
            *(cell_of(summary["figures"][key]) for _, key in figures),
            ", ".join(f"{count} {_ENDS.get(end, end)}" for end, count in summary["tasks"]["ends"].items()) or "-",
        )
        for summary in summaries
        if summary.get("tasks")
    ]


def _figures(summaries: Iterable[Summary]) -> tuple[tuple[str, str], ...]:
    priced = any(summary.get("tasks") and summary.get("tariff") for summary in summaries)
    return (*_FIGURES, _DOLLARS) if priced else _FIGURES


def turns(summary: Summary) -> list[tuple[str, ...]]:
    """A row for each turn, as :data:`TURNS` are; nothing of a run without sessions."""
    return [
        (
            str(one["turn"]),
            str(one["requests"]),
            _shown(one["ttft_p50_s"], Unit.SECOND),
            _shown(one["e2e_p50_s"], Unit.SECOND),
            _shown(one["input_tokens_mean"], Unit.TOKEN).removesuffix(" tok"),
            _shown(one["cached_share"], Unit.SHARE),
        )
        for one in (summary.get("tasks") or {}).get("turns", ())
    ]


def lines(summaries: Sequence[Summary], width: int | None = None) -> list[str]:
    """The table of tasks; nothing where no run has any."""
    found = rows(summaries)
    return in_columns([columns(summaries), *found], width) if found else []


def listed(summaries: Iterable[Summary]) -> Iterator[str]:
    """Of each run that has tasks, its name and its table of turns."""
    for summary in summaries:
        if found := turns(summary):
            yield f"{summary['name']}, by turn:"
            yield from (f"  {line}" for line in in_columns([TURNS, *found]))


def _shown(value: float | None, unit: Unit) -> str:
    return "n/a" if value is None else show(value, unit)
