"""Fleets of a recommendation as a table for the terminal, as wide as that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Any, NamedTuple

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.model.units import Unit, show

Plain = Mapping[str, Any]

_TASK, _OUTPUT = "cost_per_task", "cost_per_1m_output_tokens"
_INDENT = "    "


class _Column(NamedTuple):
    """A title, and a cell of a fleet; where a narrow terminal has no room for it, ``goes`` says when: 1 is first."""

    title: str
    cell: Callable[[Plain], str]
    goes: int = 0


def fleet_lines(told: Plain, width: int | None = None) -> list[str]:
    """A line a fleet that would do, after one of titles; columns that nobody has anything in are left out.

    :param width: in which it should fit: intervals go first, then names stand above their figures, then columns go;
        None is any.
    """
    fleets = [told["recommended"], *told["runners_up"]]
    long, brief = _columns(told, fleets, short=False), _columns(told, fleets, short=True)
    if width is None:
        return _aligned(long, fleets)
    for columns in (long, brief):
        lines = _aligned(columns, fleets)
        if max(map(len, lines)) <= width:
            return lines
    for columns in (long, brief, *(_without(brief, nth) for nth in range(1, 1 + max(one.goes for one in brief)))):
        cells = _aligned(columns[2:], fleets)
        if max(map(len, cells)) <= width - len(_INDENT):
            break
    return [*_under_names(told, cells, fleets)]


def interval(figure: Plain) -> str:
    """``2.1 req/s [1.9 req/s, 2.3 req/s]``."""
    unit = Unit(figure["unit"])
    low, high = (
        show(end if figure[name] is None else figure[name], unit)
        for name, end in (("low", -math.inf), ("high", math.inf))
    )
    return f"{_value(figure)} [{low}, {high}]"


def usd(figure: Plain, *, short: bool = False) -> str:
    """``0.42 [0.38, 0.45]``; ``short`` without the interval."""
    value, low, high = ("inf" if figure[end] is None else f"{figure[end]:.3g}" for end in ("value", "low", "high"))
    return value if short or value == low == high else f"{value} [{low}, {high}]"


def _columns(told: Plain, fleets: Sequence[Plain], *, short: bool) -> list[_Column]:
    """Those that anybody has anything in, mark and deployment first; ``short`` without intervals."""
    each = [*_each_column(told, fleets, short=short)]
    return [*compress(each, (any(one.cell(fleet) != "-" for fleet in fleets) for one in each))]


def _each_column(told: Plain, fleets: Sequence[Plain], *, short: bool) -> Sequence[_Column]:
    cost = _TASK if any(_TASK in one["cost"] for one in fleets) else _OUTPUT
    latency, quality = told["pareto"]["latency"], told["pareto"]["quality"]
    worth = _value if short else interval
    return (
        _Column("", partial(_mark, told)),
        _Column("deployment", lambda fleet: str(fleet["deployment"])),
        _Column("replicas", lambda fleet: str(fleet["replicas"])),
        _Column("USD/h", lambda fleet: f"{fleet['usd_per_hour']:.4g}"),
        _Column(
            "used" if short else "used at peak", lambda fleet: show(fleet["utilization"]["value"], Unit.SHARE), goes=5
        ),
        _Column(
            _title(cost, short=short),
            lambda fleet: usd(fleet["cost"][cost], short=short) if cost in fleet["cost"] else "-",
            goes=4,
        ),
        _Column("one holds", lambda fleet: show(fleet["held"], Unit(told["unit"])), goes=1),
        _Column(
            latency or "latency",
            lambda fleet: "-" if fleet["latency"] is None else show(fleet["latency"], Unit.SECOND),
            goes=2,
        ),
        _Column(
            quality or "quality", lambda fleet: "-" if fleet["quality"] is None else worth(fleet["quality"]), goes=3
        ),
        _Column("chance", lambda fleet: f"{fleet['chance']:.0%}"),
    )


def _without(columns: Sequence[_Column], most: int) -> list[_Column]:
    """Without those that go first, up to the one that goes as number ``most``."""
    return [one for one in columns if not 0 < one.goes <= most]


def _title(cost: str, *, short: bool) -> str:
    if cost == _TASK:
        return "USD a task"
    return "USD / 1M out" if short else "USD / 1M output tokens"


def _mark(told: Plain, fleet: Plain) -> str:
    mark = ">" if fleet is told["recommended"] else "=" if fleet["tie"] else ""
    return (mark + ("*" if fleet["deployment"] in told["pareto"]["front"] else "")) or " "


def _value(figure: Plain) -> str:
    return show(math.nan if figure["value"] is None else figure["value"], Unit(figure["unit"]))


def _aligned(columns: Sequence[_Column], fleets: Sequence[Plain]) -> list[str]:
    """Titles, then fleets, each column as wide as its widest cell."""
    rows = [[one.title for one in columns], *([one.cell(fleet) for one in columns] for fleet in fleets)]
    return aligned(rows)


def _under_names(told: Plain, cells: Sequence[str], fleets: Sequence[Plain]) -> Sequence[str]:
    titles, *figures = cells
    found = [_INDENT + titles]
    for fleet, figure in zip(fleets, figures, strict=True):
        found += [f"{_mark(told, fleet):<2}  {fleet['deployment']}", _INDENT + figure]
    return found
