"""A capacity as one SVG: figures against the rate, with the limits that the SLA puts on them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.capacity import headline, shown
from pytest_fmbench.sinks.svg import Box, Drawing, Scale, frame

_WIDTH, _PANEL, _HEAD = 920, 230, 60
_LEFT, _RIGHT = 90, 890
_BLUE, _BAD, _BAND = "#0b63c5", "#c81e1e", "#dbeafe"
_MOST = 4
"""Panels of requests, those that were judged first, and again of what was sampled."""
_FAR = 3.0
"""A limit so many times above all values is not drawn: it would press them flat."""
_LONGEST_TITLE = 120

Plain = Mapping[str, Any]


def capacity_plot(capacity: Plain) -> str:
    """SVG of a capacity, as :func:`pytest_fmbench.runs.capacities.told.told` makes them.

    A panel a figure: each rate that was tried with its interval, the monotone curve through them, the SLA's limit on
    it; the band is the interval of the capacity.
    """
    names = _names(capacity)
    drawing = Drawing(_WIDTH, _HEAD + _PANEL * max(1, len(names)))
    drawing.write((_LEFT, 24), capacity["name"][:_LONGEST_TITLE], size=15, font_weight="bold")
    drawing.write((_LEFT, 44), headline(capacity)[:_LONGEST_TITLE])
    rates = [point["rate"] for name in names for point in capacity["curves"][name]]
    if not rates:
        drawing.write((_LEFT, _HEAD + 30), "no rate was tried")
        return str(drawing)
    x = Scale(0, _end(capacity["rate"], rates) * 1.05, _LEFT, _RIGHT)
    for nth, name in enumerate(names):
        box = Box(_LEFT, _HEAD + _PANEL * nth + 34, _RIGHT, _HEAD + _PANEL * (nth + 1) - 26)
        _panel(drawing, box, name, capacity, x)
    return str(drawing)


def _names(capacity: Plain) -> list[str]:
    sampled = capacity.get("sampled", ())  # searches of before do not say
    return [
        *[name for name, points in capacity["curves"].items() if points and name not in sampled][:_MOST],
        *sampled[:_MOST],
    ]


def _end(rate: Plain, rates: Sequence[float]) -> float:
    return max([*rates, *(float(end) for end in (rate["value"], rate["high"]) if end is not None)])


def _panel(drawing: Drawing, box: Box, name: str, capacity: Plain, x: Scale) -> None:
    points, limit = capacity["curves"][name], capacity.get("limits", {}).get(name)
    unit, y = Unit(points[0]["unit"]), _upwards(points, limit, box)
    _band(drawing, box, capacity["rate"], x)
    ticks = {y(tick): show(tick, unit) for tick in y.ticks()}
    frame(drawing, box, {x(tick): show(tick, Unit.REQUEST_RATE) for tick in x.ticks()}, ticks)
    drawing.write((box.left, box.top - 10), name, font_weight="bold", fill=_BLUE)
    if limit is not None:
        _limit(drawing, box, f"the limit, {show(limit, unit)}", y, limit)
    for point in points:
        _interval(drawing, point, x, y)
    curve = " L ".join(f"{x(point['rate']):.1f} {y(point['fitted']):.1f}" for point in points)
    drawing.add("path", d=f"M {curve}", fill="none", stroke=_BLUE, stroke_width=2)


def _upwards(points: Sequence[Plain], limit: float | None, box: Box) -> Scale:
    """From 0 to all values; intervals may leave the panel, as those that end nowhere do."""
    most = max(max(point["value"], point["fitted"]) for point in points)
    near = limit is not None and limit <= _FAR * most
    return Scale(0, max(most, limit if near and limit is not None else 0.0) * 1.2 or 1.0, box.bottom, box.top)


def _band(drawing: Drawing, box: Box, rate: Plain, x: Scale) -> None:
    low, high = rate["low"] or 0.0, math.inf if rate["high"] is None else rate["high"]
    left, right = x(low), x(min(high, x.high))
    drawing.add("rect", x=left, y=box.top, width=right - left, height=box.bottom - box.top, fill=_BAND)
    if rate["value"] is not None:
        at = x(rate["value"])
        drawing.line((at, box.top), (at, box.bottom), stroke=_BLUE, stroke_dasharray="2 3")
        drawing.write((at, box.top - 10), shown(rate, "value"), text_anchor="middle")


def _limit(drawing: Drawing, box: Box, words: str, y: Scale, limit: float) -> None:
    if limit > y.high:
        drawing.write((box.right, box.top - 10), f"{words}, lies far above", fill=_BAD, text_anchor="end")
        return
    at = y(limit)
    drawing.line((box.left, at), (box.right, at), stroke=_BAD, stroke_dasharray="6 4", stroke_width=1.5)
    drawing.write((box.left + 6, at - 5), words, fill=_BAD)


def _interval(drawing: Drawing, point: Plain, x: Scale, y: Scale) -> None:
    low = y.low if point["low"] is None else point["low"]
    high = y.high if point["high"] is None else point["high"]
    at = x(point["rate"])
    drawing.line((at, y(low)), (at, y(high)), stroke=_BLUE, stroke_opacity=0.6)
    drawing.add("circle", cx=at, cy=y(point["value"]), r=3.5, fill=_BLUE)
