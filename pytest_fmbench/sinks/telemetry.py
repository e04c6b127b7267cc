"""What was sampled beside a run, and the server's own times to the first token beside ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.model.columns import figures as in_columns
from pytest_fmbench.model.units import Unit, show

Summary = Mapping[str, Any]

COLUMNS = ("figure", "mean", "max", "samples")
CLOCKS = (
    "ours from sending to the arrival of the first content, the network and the server's HTTP included; "
    "the server's within it, up to the token made"
)
"""What each clock includes."""


def rows(summary: Summary) -> list[tuple[str, ...]]:
    """A row for each figure that there is, as :data:`COLUMNS` are."""
    figures = (summary.get("telemetry") or {}).get("figures", {})
    return [(name, _shown(one, "mean"), _shown(one, "max"), str(one["n"])) for name, one in figures.items()]


def lines(summary: Summary) -> Iterator[str]:
    """A table, what the server's histogram says, what sampling cost, and what was left out; nothing of no telemetry."""
    told = summary.get("telemetry")
    if not told:
        return
    table = [COLUMNS, *rows(summary)]
    yield from in_columns(table) if len(table) > 1 else ()
    yield from notes(summary)


def notes(summary: Summary) -> Iterator[str]:
    """The same without the table."""
    told = summary.get("telemetry") or {}
    if both := told.get("ttft"):
        yield crosschecked(both)
    for name, cost in told.get("costs", {}).items():
        if "cpu_s_each" in cost:
            gaps = f", {cost['gaps']} gaps, the last: {cost['fault']}" if cost["gaps"] else ""
            each = show(cost["cpu_s_each"], Unit.SECOND)
            yield f"sampled {name} {cost['samples']} times, for {each} of a core each{gaps}"
    for name, why in told.get("absent", {}).items():
        yield f"left out {name}: {why}"


def crosschecked(both: Mapping[str, float]) -> str:
    """Our times to the first token against the server's, in a line."""
    ours, theirs = (show(both[name], Unit.SECOND) for name in ("mean_s", "theirs_mean_s"))
    apart = show(both["mean_s"] - both["theirs_mean_s"], Unit.SECOND)
    return (
        f"ttft over {show(both['seconds'], Unit.SECOND)}: mean {ours} (n={both['n']:.0f}), by the server's histogram "
        f"{theirs} (n={both['theirs_n']:.0f}), {apart} apart; the distributions at most "
        f"{show(both['distance'], Unit.SHARE)} apart, at {show(both['at_s'], Unit.SECOND)} ({CLOCKS})"
    )


def listed(summaries: Iterable[Summary]) -> list[str]:
    """Of each run that was sampled, its name and its lines."""
    found = []
    for summary in summaries:
        if told := list(lines(summary)):
            found += [f"{summary['name']}, sampled:", *(f"  {line}" for line in told)]
    return found


def _shown(one: Mapping[str, Any], key: str) -> str:
    return "" if one[key] is None else show(one[key], Unit(one["unit"]))
