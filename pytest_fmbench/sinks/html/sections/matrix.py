"""Cases against deployments: a heat map a figure, in which each row is coloured by its own best."""

from __future__ import annotations

import math

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.base import Section, Told, chooser
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.words import interval_of, table, value_of
from pytest_fmbench.sinks.side_by_side import FIGURES, Cell, notes, tables

_FIGURES = (*FIGURES[:3], ("ITL p95", "itl.p95"), *FIGURES[3:5], ("requests/s", "request_rate"), *FIGURES[5:])
_LEAD = (
    "A row is a case, a column a deployment. The stronger its colour, the farther a cell is from the best of its row, "
    "against which its ratio is; ~ stands where the two intervals overlap, so that they are not told apart."
)
_FARTHEST = 8.0
"""Times the best, from which on a cell has all of its colour."""
_DEEPEST = 0.55
"""Share of the colour in a cell at most, on which text can still be read."""


def section(told: Told) -> Section | None:
    """None where no case was measured on more than one deployment."""
    found = tables(told.summaries, _FIGURES)
    if not found:
        return None
    panels: list[Child] = []
    for nth, one in enumerate(found):
        rows = [[code(name), *map(_cell, cells)] for name, cells in one.cells]
        grid = table(["case", *(cut(column) for column in one.columns)], rows, f"{one.title} by case and deployment")
        panels.append(tag("div", grid, class_="heat", data_panel="matrix", data_when=nth, hidden=nth > 0))
    choose = chooser("matrix", "Figure", [(str(nth), one.title) for nth, one in enumerate(found)], "0")
    doubts = (tag("p", cut(note), class_="note") for note in notes(told.summaries)[1:])
    return Section("matrix", "Deployments side by side", _LEAD, [choose, *panels, *doubts])


def _cell(cell: Cell | None) -> Element:
    if cell is None:
        return tag("td", "\u2013", class_="number", data_sort="")
    value = f"{value_of(cell.figure)}"
    ratio = cell.against
    ends = "" if cell.figure["low"] is None and cell.figure["high"] is None else interval_of(cell.figure)
    return tag(
        "td",
        tag("b", value),
        tag("span", ratio, class_="ratio"),
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
