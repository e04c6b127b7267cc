"""The answer, where somebody asked for one: which deployment, how many, at what cost, and why not another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.html.base import Section, Told, folded
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.words import cell, interval_of, table, value_of
from pytest_fmbench.sinks.spending import dollars
from pytest_fmbench.store.redaction import redacted

Plain = Mapping[str, Any]

_COSTS = {
    "cost_per_1m_output_tokens": "for 1M output tokens",
    "cost_per_1m_input_tokens": "for 1M input tokens",
    "cost_per_1k_requests": "for 1,000 requests",
    "cost_per_task": "for a task",
}
_NOTE = (
    "Replicas are counted by the rate that one is surely shown to hold; costs are at the highest rate that holds the "
    "SLA, and their intervals are those of that rate turned round. A tie is what the data do not tell to be dearer."
)


def section(told: Told) -> Section | None:
    """None where nobody asked."""
    one = told.recommendation
    if one is None:
        return None
    best = one["recommended"]
    body: list[Child] = [tag("p", tag("strong", cut(one["answer"], 900), class_="headline"))]
    if best is not None:
        body += [_tiles(best), tag("ul", map(_item, _sentences(best, one))), _fleets(one)]
    body += [_refused(one["refused"]), *_doubts(one), tag("p", _NOTE, class_="note") if best is not None else None]
    return Section("recommendation", "Recommendation", _lead(one), body)


def _lead(one: Plain) -> str:
    demand, sla = one["demand"], "; ".join(cut(text, 80) for text in one.get("sla") or ())
    budget = demand.get("budget_usd_per_hour")
    parts = (
        f"{'Likely the' if one.get('ties') else 'The'} cheapest fleet that serves a peak of "
        f"{show(demand['peak'], _unit(one))}",
        f"with {demand['headroom']:.0%} to spare",
        f"and {demand['redundancy']} replica{'s' * (demand['redundancy'] > 1)} that may be lost"
        if demand["redundancy"]
        else "",
        f"for at most {dollars(budget)} an hour" if budget is not None else "",
        f"under {sla}" if sla else "",
    )
    return f"{' '.join(filter(None, parts))}."


def _unit(one: Plain) -> Unit:
    """Of rates."""
    return Unit(one.get("unit", Unit.REQUEST_RATE.value))


def _tiles(best: Plain) -> Element:
    """The figures that are decided by, large."""
    breaks = best["breaks_first"]
    facts = [
        (str(best["replicas"]), "replicas", _needed(best)),
        (dollars(best["usd_per_hour"]), "an hour", f"{dollars(best['usd_per_month'])} a month"),
        *((value_of(figure), _COSTS.get(name, name), interval_of(figure)) for name, figure in best["cost"].items()),
        (value_of(best["utilization"]), "used at the peak", interval_of(best["utilization"])),
        (value_of(breaks["at"]), "breaks it", cut(breaks["objective"] or "", 80) or interval_of(breaks["at"])),
    ]
    tiles = (tag("li", tag("strong", value), " ", word, tag("small", small)) for value, word, small in facts)
    return tag("ul", tiles, class_="counts answer", aria_label="the recommended fleet")


def _needed(best: Plain) -> str:
    """How many by the ends of the capacity's interval."""
    needed = best.get("needed") or {}
    low, high = needed.get("low"), needed.get("high")
    if low is None or high is None:
        return ""
    return f"{low} to {high} by the ends of the interval" if low != high else "whichever end of the interval is true"


def _sentences(best: Plain, one: Plain) -> Iterator[str]:
    """What else must be known of it."""
    price, fewer = best.get("price"), best.get("with_fewer")
    if price:
        dated = f" of {price['date']}" if price.get("date") else ""
        yield f"Price: {price['told']}, by {price['source']}{dated}."
    if fewer:
        holds = "which holds the peak" if fewer["peak_is_held"] else "which does not hold the peak"
        lost = f"{fewer['lost']} replicas" if fewer["lost"] > 1 else "a replica"
        yield f"With {lost} less, {show(fewer['holds'], _unit(one))} are held, {holds}."
    yield from (each["told"] for each in one.get("break_even") or ())


def _fleets(one: Plain) -> Element:
    """What was recommended and what would do too, a row each."""
    latency = (one.get("pareto") or {}).get("latency") or "latency"
    worth = (one.get("pareto") or {}).get("quality") or "quality"
    fleets = [one["recommended"], *one["runners_up"]]
    cost = next((name for name in _COSTS if any(name in each["cost"] for each in fleets)), "")
    titles = [
        *("deployment", "replicas", "an hour", f"USD {_COSTS.get(cost, '')}".strip(), "used at the peak"),
        *(f"{cut(latency, 40)} there", cut(worth, 40), "chance to be cheapest", "why not"),
    ]
    rows = [_row(nth, each, cost) for nth, each in enumerate(fleets)]
    if not any(each.get("quality") for each in fleets):  # which nobody measured
        del titles[-3]
        for cells in rows:
            del cells[-3]
    return table(titles, rows, "Fleets that would do", numbers_from=1)


def _row(nth: int, fleet: Plain, cost: str) -> list[Child]:
    latency, quality = fleet.get("latency"), fleet.get("quality")
    return [
        code(fleet["deployment"]),
        _number(fleet["replicas"], str(fleet["replicas"])),
        _number(fleet["usd_per_hour"], dollars(fleet["usd_per_hour"])),
        cell(fleet["cost"].get(cost)),
        cell(fleet["utilization"]),
        tag("td", "n/a", class_="number", data_sort="") if latency is None else _number(latency, _seconds(latency)),
        cell(quality),
        _number(fleet["chance"], show(fleet["chance"], Unit.SHARE)),
        tag("td", "recommended" if nth == 0 else cut(fleet["why"])),
    ]


def _seconds(value: float) -> str:
    return show(value, Unit.SECOND)


def _number(value: float, shown: str) -> Element:
    return tag("td", shown, class_="number", data_sort=repr(float(value)))


def _refused(refused: Sequence[Plain]) -> Element | None:
    """Who cannot be chosen, why, and what would help."""
    rows = [[code(one["deployment"]), tag("td", cut(one["why"])), tag("td", cut(one["helps"]))] for one in refused]
    return (
        table(("deployment", "why not", "what would help"), rows, "Deployments that would not do", numbers_from=9)
        if rows
        else None
    )


def _doubts(one: Plain) -> Iterator[Element]:
    if one.get("warnings"):
        yield tag("ul", map(_item, one["warnings"]))
    if one.get("assumptions"):
        yield folded("What is assumed", tag("ul", map(_item, one["assumptions"])))


def _item(text: str) -> Element:
    return tag("li", cut(redacted(text), 600))
