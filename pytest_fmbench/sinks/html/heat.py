"""A figure of one deployment against the best of its row: the stronger the colour, the farther from it."""

from __future__ import annotations

import math

from pytest_fmbench.sinks.html.elements import Element, tag
from pytest_fmbench.sinks.html.words import interval_of, value_of
from pytest_fmbench.sinks.side_by_side import Cell

_FARTHEST = 8.0
"""Times the best, from which on a cell has all of its colour."""
_DEEPEST = 0.55
"""Share of the colour in a cell at most, on which text can still be read."""


def heat_cell(cell: Cell | None) -> Element:
    """Value, ratio and interval below each other; None is not known."""
    if cell is None:
        return tag("td", "\u2013", class_="number", data_sort="")
    ends = "" if cell.figure["low"] is None and cell.figure["high"] is None else interval_of(cell.figure)
    return tag(
        "td",
        tag("b", value_of(cell.figure)),
        tag("span", cell.against, class_="ratio"),
        tag("small", ends) if ends else None,
        class_="number best" if cell.best else "number",
        style=f"--heat: {_heat(cell) * _DEEPEST:.0%}",
        data_sort=repr(float(cell.figure["value"])),
    )


def _heat(cell: Cell) -> float:
    """From 0, of the best, to 1."""
    if cell.times is None:
        return 0.0
    return min(1.0, math.log(max(1.0, min(cell.times, _FARTHEST)), _FARTHEST))
