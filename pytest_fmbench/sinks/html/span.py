"""Intervals below each other on one scale from 0, each a line of a few pixels: which of them overlap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_fmbench.sinks.html.elements import Element, tag

_WIDTH, _HEIGHT, _EDGE = 240, 22, 6.0


def spans(figures: Iterable[Mapping[str, Any]]) -> list[Element]:
    """A picture each; an end that is not bounded reaches the edge."""
    figures = list(figures)
    known = [one[end] for one in figures for end in ("low", "value", "high") if one[end] is not None]
    return [_span(one, max(known, default=0.0) or 1.0) for one in figures]


def _span(figure: Mapping[str, Any], most: float) -> Element:
    low = 0.0 if figure["low"] is None else _place(figure["low"], most)
    high = _WIDTH if figure["high"] is None else _place(figure["high"], most)
    value, y = figure["value"], _HEIGHT / 2
    return tag(
        "svg",
        tag("line", x1=0, x2=_WIDTH, y1=y, y2=y, class_="scale"),
        tag("line", x1=f"{low:.1f}", x2=f"{high:.1f}", y1=y, y2=y, class_="interval"),
        None if value is None else tag("circle", cx=f"{_place(value, most):.1f}", cy=y, r=4, class_="value"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        class_="strip span",
        aria_hidden="true",
        focusable="false",
    )


def _place(value: float, most: float) -> float:
    """In pixels."""
    return (_WIDTH - _EDGE) * value / most
