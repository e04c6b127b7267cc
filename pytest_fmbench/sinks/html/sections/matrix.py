"""Cases against deployments: a heat map a figure, in which each row is coloured by its own best."""

from __future__ import annotations

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.base import Section, Told, chooser
from pytest_fmbench.sinks.html.elements import Child, code, tag
from pytest_fmbench.sinks.html.heat import heat_cell
from pytest_fmbench.sinks.html.words import table
from pytest_fmbench.sinks.side_by_side import FIGURES, notes, tables

_FIGURES = (*FIGURES[:3], ("ITL p95", "itl.p95"), *FIGURES[3:5], ("requests/s", "request_rate"), *FIGURES[5:])
_LEAD = (
    "A row is a case, a column a deployment. The stronger its colour, the farther a cell is from the best of its row, "
    "against which its ratio is; ~ stands where the two intervals overlap, so that they are not told apart."
)


def section(told: Told) -> Section | None:
    """None where no case was measured on more than one deployment."""
    found = tables(told.summaries, _FIGURES)
    if not found:
        return None
    panels: list[Child] = []
    for nth, one in enumerate(found):
        rows = [[code(name), *map(heat_cell, cells)] for name, cells in one.cells]
        grid = table(["case", *(cut(column) for column in one.columns)], rows, f"{one.title} by case and deployment")
        panels.append(tag("div", grid, class_="heat", data_panel="matrix", data_when=nth, hidden=nth > 0))
    choose = chooser("matrix", "Figure", [(str(nth), one.title) for nth, one in enumerate(found)], "0")
    doubts = (tag("p", cut(note), class_="note") for note in notes(told.summaries)[1:])
    return Section("matrix", "Deployments side by side", _LEAD, [choose, *panels, *doubts])
