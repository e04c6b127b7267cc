"""A recommendation as lines for people: the answer first, then the table, then what is behind it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.fleets import fleet_lines, interval, usd

Plain = Mapping[str, Any]

_NAMES = {
    "cost_per_1m_output_tokens": "USD a million output tokens",
    "cost_per_1m_input_tokens": "USD a million input tokens",
    "cost_per_1k_requests": "USD a thousand requests",
    "cost_per_task": "USD a task",
}
_NOTHING = "No deployment would do:"
_MARKS = "> recommended, = a tie, * beaten by no other in dollars, latency and quality together"


def lines(told: Plain, width: int | None = None) -> Iterator[str]:
    """For the terminal.

    :param width: columns of it; None is any.
    """
    best = told["recommended"]
    yield from _wrapped(told["answer"] if best is not None else _NOTHING, "", width)
    if best is not None:
        yield ""
        yield from (f"  {row}" for row in fleet_lines(told, None if width is None else width - 2))
        yield from _each([_MARKS], width)
        yield ""
        yield from _each(details(best, Unit(told["unit"])), width)
    yield from _each(_others(told), width)
    yield from _each((one["told"] for one in told["break_even"]), width)
    yield from _each((f"warning: {one}" for one in told["warnings"]), width)
    asked = f"asked: {told['workload']}; SLA: {', '.join(told['sla'])}; sessions: {', '.join(told['sessions'])}"
    yield from _each([asked, *(f"assumed: {one}" for one in told["assumptions"])], width)


def details(best: Plain, unit: Unit) -> Iterator[str]:
    """What is behind the first line, of the recommended fleet.

    :param unit: of rates.
    """
    price, rate = best["price"], best["capacity"]
    yield f"price: {price['told']} by {', '.join(filter(None, (price['source'], price['date'])))}"
    yield f"a month: {best['usd_per_month']:,.0f} USD"
    level = f"{rate['confidence']:.0%}"
    yield (
        f"capacity of one: {interval(rate)} at {level}; replicas are counted by {show(best['held'], unit)}, "
        f"which it holds at {show(best['held_at'], Unit.SHARE)}"
    )
    for name, cost in best["cost"].items():
        yield f"{_NAMES[name]}, at that capacity: {usd(cost)}"
    fewer = best["with_fewer"]
    if fewer is not None:
        yield _lost(fewer, unit)


def _lost(fewer: Plain, unit: Unit) -> str:
    if not fewer["holds"]:
        return f"with {fewer['lost']} lost, none is left: the peak is not held"
    holds = "still hold the peak" if fewer["peak_is_held"] else "do not hold the peak"
    return f"with {fewer['lost']} lost, the others hold {show(fewer['holds'], unit)}: they {holds}"


def _others(told: Plain) -> Iterator[str]:
    """Who else would do, and who would not."""
    said = "" if told["recommended"] is None else "not "
    for one in told["runners_up"]:
        yield f"not {one['deployment']}: {one['why']}"
    for one in told["refused"]:
        yield f"{said}{one['deployment']}: {one['why']}; what would help: {one['helps']}"


def _each(texts: Iterable[str], width: int | None) -> Iterator[str]:
    for text in texts:
        yield from _wrapped(text, "  ", width)


def _wrapped(text: str, indent: str, width: int | None) -> Iterator[str]:
    """At words; what goes on stands further in."""
    if width is None:
        yield f"{indent}{text}"
        return
    yield from textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}    " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
