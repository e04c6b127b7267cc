"""A recommendation as lines for people: the answer first, then the table, then what is behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.units import Unit, show

Plain = Mapping[str, Any]

_HEAD = (
    *("", "deployment", "replicas", "USD/h", "used at peak", "USD / 1M output tokens", "one holds"),
    *("latency", "quality", "chance"),
)
_OUTPUT = "cost_per_1m_output_tokens"
_NAMES = {
    "cost_per_1m_output_tokens": "USD a million output tokens",
    "cost_per_1m_input_tokens": "USD a million input tokens",
    "cost_per_1k_requests": "USD a thousand requests",
    "cost_per_task": "USD a task",
}


def lines(told: Plain) -> Iterator[str]:
    """For the terminal."""
    yield told["answer"]
    best = told["recommended"]
    if best is not None:
        yield ""
        yield from (f"  {line}" for line in _aligned(table(told)))
        yield ""
        yield from (f"  {line}" for line in details(best))
    for one in told["runners_up"]:
        yield f"  not {one['deployment']}: {one['why']}"
    for one in told["refused"] if best is not None else ():
        yield f"  not {one['deployment']}: {one['why']}; what would help: {one['helps']}"
    if best is None:
        yield from (f"  {one['deployment']}: what would help: {one['helps']}" for one in told["refused"])
    yield from (f"  {one['told']}" for one in told["break_even"])
    yield from (f"  warning: {one}" for one in told["warnings"])
    yield f"  asked: {told['workload']}; SLA: {', '.join(told['sla'])}; sessions: {', '.join(told['sessions'])}"
    yield from (f"  assumed: {one}" for one in told["assumptions"])


def table(told: Plain) -> list[list[str]]:
    """A row a fleet that would do, after one of titles; columns that nobody has anything in are left out."""
    fleets = [told["recommended"], *told["runners_up"]]
    rows = [[*_HEAD], *([*_row(one, told)] for one in fleets)]
    rows[0][7], rows[0][8] = told["pareto"]["latency"] or "latency", told["pareto"]["quality"] or "quality"
    kept = [nth for nth, column in enumerate(zip(*rows[1:], strict=True)) if any(cell != "-" for cell in column)]
    return [[row[nth] for nth in kept] for row in rows]


def details(best: Plain) -> Iterator[str]:
    """What is behind the first line, of the recommended fleet."""
    price, rate = best["price"], best["capacity"]
    yield f"price: {price['told']} by {', '.join(filter(None, (price['source'], price['date'])))}"
    yield f"a month: {best['usd_per_month']:,.0f} USD"
    level = f"{rate['confidence']:.0%}"
    yield (
        f"capacity of one: {interval(rate)} at {level}; replicas are counted by {_rate(best['held'])}, "
        "which it holds at 99%"
    )
    for name, cost in best["cost"].items():
        yield f"{_NAMES[name]}, at that capacity: {_usd(cost)}"
    fewer = best["with_fewer"]
    if fewer is not None:
        holds = "still hold the peak" if fewer["peak_is_held"] else "do not hold the peak"
        yield f"with {fewer['lost']} lost, the others hold {_rate(fewer['holds'])}: they {holds}"


def interval(figure: Plain) -> str:
    """``2.1 req/s [1.9 req/s, 2.3 req/s]``."""
    unit = Unit(figure["unit"])
    ends = (figure["value"], -math.inf if figure["low"] is None else figure["low"])
    high = math.inf if figure["high"] is None else figure["high"]
    value, low, above = (show(math.nan if end is None else end, unit) for end in (*ends, high))
    return f"{value} [{low}, {above}]"


def _row(fleet: Plain, told: Plain) -> Iterator[str]:
    front = fleet["deployment"] in told["pareto"]["front"]
    mark = ">" if fleet is told["recommended"] else "=" if fleet["tie"] else ""
    yield (mark + ("*" if front else "")) or " "
    yield fleet["deployment"]
    yield str(fleet["replicas"])
    yield f"{fleet['usd_per_hour']:.4g}"
    yield show(fleet["utilization"]["value"], Unit.SHARE)
    yield _usd(fleet["cost"][_OUTPUT]) if _OUTPUT in fleet["cost"] else "-"
    yield _rate(fleet["held"])
    yield "-" if fleet["latency"] is None else show(fleet["latency"], _unit_of(told["pareto"]["latency"]))
    yield "-" if fleet["quality"] is None else interval(fleet["quality"])
    yield f"{fleet['chance']:.0%}"


def _unit_of(figure: str) -> Unit:
    return Unit.SECOND if figure else Unit.SHARE


def _usd(figure: Plain) -> str:
    ends = ("inf" if figure[end] is None else f"{figure[end]:.3g}" for end in ("value", "low", "high"))
    value, low, high = ends
    return value if value == low == high else f"{value} [{low}, {high}]"


def _rate(rate: float) -> str:
    return show(rate, Unit.REQUEST_RATE)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
