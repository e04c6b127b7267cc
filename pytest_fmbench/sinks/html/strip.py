"""An interval against its limit, as a line of a few pixels: at one glance, how far from it, and how sure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pytest_fmbench.sinks.html.elements import Element, tag
from pytest_fmbench.sinks.html.words import judged_of

_WIDTH, _HEIGHT, _MIDDLE, _REACH = 180, 22, 90.0, 84.0
_TIMES = 4.0
"""The ends are so many times the limit, and one so many-th of it: on a logarithm."""


def strip(verdict: Mapping[str, Any]) -> Element | None:
    """None for what has no place on a logarithm: a limit of nothing, or no value."""
    limit, value = verdict["limit"], verdict["value"]
    if limit <= 0 or value is None:
        return None
    _, ceiling = judged_of(verdict["objective"])
    low, at, high = (_place(verdict[end], limit, unbounded) for end, unbounded in _ENDS)
    good = {"x": 0.0 if ceiling else _MIDDLE, "width": _MIDDLE}
    y = _HEIGHT / 2
    return tag(
        "svg",
        tag("rect", **good, y=2, height=_HEIGHT - 4, class_="good"),
        tag("line", x1=_MIDDLE, x2=_MIDDLE, y1=0, y2=_HEIGHT, class_="limit"),
        tag("line", x1=f"{low:.1f}", x2=f"{high:.1f}", y1=y, y2=y, class_="interval"),
        tag("circle", cx=f"{at:.1f}", cy=y, r=4, class_="value"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        width=_WIDTH,
        height=_HEIGHT,
        class_=f"strip {verdict['outcome']}",
        aria_hidden="true",
        focusable="false",
    )


_ENDS = (("low", -math.inf), ("value", math.nan), ("high", math.inf))


def _place(value: float | None, limit: float, unbounded: float) -> float:
    """In pixels; beyond an end, at that end."""
    known = unbounded if value is None else value
    share = math.log(known / limit, _TIMES) if 0 < known < math.inf else (-1.0 if known <= 0 else 1.0)
    return _MIDDLE + _REACH * min(1.0, max(-1.0, share))
