"""The slowest requests, token by token."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fmbench.metrics.columns import column
from pytest_fmbench.model.samples import Floats
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sinks.html.base import chart
from pytest_fmbench.sinks.html.elements import Element, tag
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.thinning import extremes, tidy

_MOST, _GAPS = 10, 60
_LEAD = (
    "Of the requests that took longest, how many tokens had come by when: flat is waiting, steep is many at once. "
    "Press one to see it alone, and again to see all."
)
_NOTE = (
    f"Of a reply in more than {2 * _GAPS + 2} pieces, the shortest and the longest gap of each of {_GAPS} stretches "
    "are drawn."
)


def part(run: Opened) -> Part | None:
    """None where no request succeeded."""
    took = run.last_ns - run.from_ns
    known = np.flatnonzero(took.known)
    if not known.size:
        return None
    slowest = known[np.argsort(-took.integers[known], kind="stable")[:_MOST]]
    begun = run.seconds(column(run.requests, "begun_ns").integers)
    waited = (run.first_ns - run.from_ns).integers
    data, buttons = list[dict[str, Any]](), list[Element]()
    for place, row in enumerate(slowest.tolist()):
        lines = _line(run, row)
        tokens, seconds = lines["tokens"][-1], took.integers[row] / 1e9
        name = f"{place + 1}: {show(seconds, Unit.SECOND)}"
        first = show(waited[row] / 1e9, Unit.SECOND)
        came = f"{tokens:.0f} token{'s' * (tokens != 1)}"
        about = f"begun at {show(float(begun[row]), Unit.SECOND)}, first token after {first}, {came}"
        data.append({**lines, "name": name, "about": about})
        buttons.append(_button(name, about, place))
    block = run.block("slowest")
    listed = tag("ol", (tag("li", one) for one in buttons), class_="requests", data_lines=block)
    return Part(
        "Slowest requests", _LEAD, [listed, chart("slowest", block, "Tokens of the slowest requests", _NOTE)], data
    )


def _button(name: str, about: str, place: int) -> Element:
    return tag("button", tag("b", name), tag("small", about), type="button", aria_pressed="false", data_line=place)


def _line(run: Opened, row: int) -> dict[str, Any]:
    """Tokens so far at each arrival; nothing came at the begin."""
    cells = run.requests.slice(row, 1)
    at = _floats(cells["chunk_ns"][0].as_py()) - float(run.from_ns.integers[row])
    tokens = np.cumsum(np.maximum(_floats(cells["chunk_tokens"][0].as_py()), 1.0))
    at = at / 1e9
    gaps = np.diff(at, prepend=0.0)
    kept = extremes(np.arange(at.size, dtype=np.float64), gaps, _GAPS)
    kept = np.unique([*kept, *np.maximum(kept - 1, 0)])  # both ends of a gap
    return {"at": tidy([0.0, *at[kept]]), "tokens": tidy([0.0, *tokens[kept]])}


def _floats(values: list[int]) -> Floats:
    return np.asarray(values, dtype=np.float64)
