"""The table of all runs, and those of conversations and agents."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks import tasks
from pytest_fmbench.sinks.markdown.elements import Summary, code, table
from pytest_fmbench.sinks.table import cell_of, columns_of, outcome_of, parts_of, shown_of, told_apart


def runs(summaries: Sequence[Summary]) -> Iterator[str]:
    """A row a run, and below it one for each part of a mix."""
    if summaries:
        columns = columns_of(summaries)
        titles = ["case", "requests", *(title for title, _ in columns), "SLA"]
        rows = (cells for summary in told_apart(summaries) for cells in _rows(summary, columns))
        yield from table(titles, rows, [":---", "---:", *("---:" for _ in columns), ":---"])


def tasks_of(summaries: Sequence[Summary]) -> Iterator[str]:
    """What tasks came to, and how long each turn took."""
    if found := tasks.rows(summaries):
        yield from table(tasks.columns(summaries), ([code(name), *cells] for name, *cells in found))
    for summary in summaries:
        if turns := tasks.turns(summary):
            yield from ("", f"{code(summary['name'])} by turn", "")
            yield from table(tasks.TURNS, turns, ["---:"] * len(tasks.TURNS))


def _rows(summary: Summary, columns: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
    outcome = " ".join([_marked(outcome_of(summary)), *map(code, summary.get("sla_names", ()))])
    yield [code(summary["name"]), str(summary["requests"]), *_cells(summary, columns), outcome]
    for part in parts_of(summary):
        yield [code(part["name"]), str(part["requests"]), *_cells(part, columns), ""]


def _cells(summary: Summary, columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    for _, key in columns:
        figure = summary["figures"].get(key)
        yield _figure(figure) if figure and Unit(figure["unit"]) is Unit.SECOND else shown_of(summary, key)


def _figure(figure: Summary) -> str:
    """The value; a latency with its interval, in short: ``167 ms [158, 181]``."""
    value = cell_of(figure)
    if Unit(figure["unit"]) is not Unit.SECOND or figure["value"] is None:
        return value
    ends = (_end(figure["low"], -math.inf), _end(figure["high"], math.inf))
    unit = value.partition(" ")[2]
    return f"{value} [{', '.join(end.removesuffix(f' {unit}') for end in ends)}]"


def _end(value: float | None, unbounded: float) -> str:
    return show(unbounded if value is None else value, Unit.SECOND)


def _marked(outcome: str) -> str:
    return outcome if outcome in ("pass", "-") else f"**{outcome}**"
