"""Figures and outcomes as a page shows them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.html.elements import Child, Element, tag

Figure = Mapping[str, Any]

SIGNS = {
    "pass": "\u2713",
    "fail": "\u2715",
    "inconclusive": "?",
    "invalid": "\u25b2",
    "error": "!",
    "skipped": "\u2192",
    "-": "\u25cb",
}
"""Of each outcome, a shape that is not another's."""

WORDS = {
    "pass": "passed",
    "fail": "failed",
    "inconclusive": "inconclusive",
    "invalid": "invalid",
    "error": "error",
    "skipped": "skipped",
    "-": "no SLA",
}


def badge(outcome: str) -> Element:
    """An outcome: a shape, a word, and, for who sees it, a colour."""
    sign = tag("span", SIGNS[outcome], aria_hidden="true")
    return tag("span", sign, " ", WORDS[outcome], class_=f"badge {'none' if outcome == '-' else outcome}")


def value_of(figure: Figure) -> str:
    """``213 ms``."""
    return show(math.nan if figure["value"] is None else figure["value"], Unit(figure["unit"]))


def interval_of(figure: Figure) -> str:
    """``198 to 240 ms``, the unit once where both ends have the same; ``190 ms or more`` where one is not bounded."""
    unit = Unit(figure["unit"])
    low, high = (None if figure[end] is None else show(figure[end], unit) for end in ("low", "high"))
    if low is None or high is None:
        return f"{low} or more" if low else f"up to {high}" if high else "not bounded"
    symbol = high.partition(" ")[2]
    return f"{low.removesuffix(f' {symbol}') if symbol else low} to {high}"


def cell(figure: Figure | None) -> Element:
    """A figure in a table, its interval below it, by which a column can be sorted; None is not known."""
    if figure is None or figure["value"] is None:
        return tag("td", "n/a", class_="number", data_sort="")
    small = tag("small", interval_of(figure))
    return tag("td", value_of(figure), small, class_="number", data_sort=repr(float(figure["value"])))


def table(titles: Sequence[str], rows: Iterable[Sequence[Child]], caption: str, *, numbers_from: int = 1) -> Element:
    """A table that can be sorted by every column.

    :param rows: cells; a text becomes one, and the first of a row is its head.
    :param caption: what it is, for who does not see it.
    :param numbers_from: the first column that holds numbers, which stand to the right.
    """
    grid = [list(row) for row in rows]
    heads = (
        tag("th", tag("button", title, type="button"), scope="col", class_=_side(grid, at, numbers_from))
        for at, title in enumerate(titles)
    )
    body = (tag("tr", (_cell(one, at, numbers_from) for at, one in enumerate(row))) for row in grid)
    hidden = tag("caption", caption, class_="unseen")
    made = tag("table", hidden, tag("thead", tag("tr", heads)), tag("tbody", body), class_="sortable")
    return tag("div", made, class_="wide", tabindex="0", role="region", aria_label=caption)


def _side(grid: Sequence[Sequence[Child]], at: int, numbers_from: int) -> str | None:
    """Of a column's title: where its cells stand."""
    made = [one for row in grid if isinstance(one := row[at], Element) and one.tag == "td"]
    if made:
        return "number" if any("number" in one.get("class", "") for one in made) else None
    return "number" if at >= numbers_from else None


def _cell(one: Child, at: int, numbers_from: int) -> Element:
    if isinstance(one, Element) and one.tag == "td":
        return one
    if at == 0:
        return tag("th", _breaking(one) if isinstance(one, Element) else one, scope="row")
    return tag("td", one, class_="number" if at >= numbers_from else None)


def _breaking(name: Element) -> Element:
    """An id that a narrow column breaks where its parts end, not in the middle of a word."""
    first, *rest = re.split(r"(?<=[\[+,:/=])(?=\w)", name.text or "")
    made = tag(name.tag, first)
    for part in rest:
        point = tag("wbr")
        point.tail = part
        made.append(point)
    return made


_JUDGED = re.compile(r"\s*([a-z_0-9.]+)\s*(<=|>=|<|>)")


def judged_of(objective: str) -> tuple[str, bool]:
    """The figure that an objective is about, as ``ttft.p95``, and whether its limit is a ceiling."""
    found = _JUDGED.match(objective)
    return (found[1], found[2][0] == "<") if found else ("", True)
