"""How much a deployment takes: the largest rate that holds an SLA, and every figure against the rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks import capacity
from pytest_fmbench.sinks.html.base import Section, Summary, Told, chart, chooser, folded
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.span import spans
from pytest_fmbench.sinks.html.words import cell, table
from pytest_fmbench.sinks.table import title_of

_LEAD = (
    "The largest open-loop rate that holds the SLA, found by probes. In each picture a point is a probe with its "
    "interval, the line the monotone curve through all of them, the dashed line the limit, and the band the interval "
    "of the capacity."
)
_NOTE = "An interval that ends at the edge of the picture goes on."
_LONGEST_NAME = 80


def section(told: Told) -> Section | None:
    """None where no capacity was searched for."""
    if not told.capacities:
        return None
    body, data = list[Child]([_overview(told.capacities)]), dict[str, Any]()
    for nth, one in enumerate(told.capacities):
        block, choice = f"capacity-{nth}-data", f"capacity-{nth}"
        body.append(tag("h3", code(one["name"])))
        body.append(tag("p", tag("strong", cut(capacity.headline(one)), class_="headline")))
        if one["curves"]:
            data[block] = _drawn(one)
            body.append(chooser(choice, "Figure", [(name, name) for name in data[block]["curves"]]))
            body.append(chart("capacity", block, f"Figures of {cut(one['name'])} against the rate", _NOTE))
        titles, *rows = capacity.table(one)
        cells = [[first, *rest] for first, *rest in rows]
        body.append(
            folded("Every probe", table([cut(title) for title in titles], cells, f"Probes of {cut(one['name'])}"))
        )
    return Section("capacity", "Capacity", _LEAD, body, data)


def _overview(capacities: Sequence[Summary]) -> Element | None:
    """What several take, on one scale, the most first."""
    if len(capacities) < 2:
        return None
    ordered = sorted(capacities, key=lambda one: one["rate"]["value"] or 0.0, reverse=True)
    pictures = spans(one["rate"] for one in ordered)
    rows = [
        (code(title_of(one)), cell(one["rate"]), tag("td", picture), _held(one), tag("td", cut(one["why"])))
        for one, picture in zip(ordered, pictures, strict=True)
    ]
    titles = ("searched", "capacity", "on one scale from 0", "surely held", "why")
    return table(titles, rows, "Capacities", numbers_from=1)


def _held(one: Summary) -> Element:
    """The rate that it is shown to hold, and how surely."""
    held = one.get("held") or {}
    if not held.get("rate"):
        return tag("td", "\u2013", class_="number", data_sort="")
    small = tag("small", f"at {held['confidence']:.0%}")
    return tag("td", show(held["rate"], Unit.REQUEST_RATE), small, class_="number", data_sort=repr(held["rate"]))


def _drawn(one: Summary) -> dict[str, Any]:
    outcomes = {probe["rate"]: probe["outcome"] for probe in one["probes"]}
    curves = {
        cut(name, _LONGEST_NAME): [
            [point["rate"], point["value"], point["low"], point["high"], point["fitted"], outcomes.get(point["rate"])]
            for point in points
        ]
        for name, points in one["curves"].items()
    }
    units = {cut(name, _LONGEST_NAME): points[0]["unit"] for name, points in one["curves"].items() if points}
    rate = [one["rate"][end] for end in ("value", "low", "high")]
    limits = {cut(name, _LONGEST_NAME): limit for name, limit in one.get("limits", {}).items()}
    return {"curves": curves, "units": units, "rate": rate, "limits": limits}
