"""Capacities as lines for people: what was found, and what each rate said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.model.units import Unit, show

CURVES = "capacity.svg"
"""File of the curves, in a search's folder."""

_HEAD = ("rate", "requests", "says")


def headline(capacity: Mapping[str, Any]) -> str:
    """``2.1 req/s [1.9 req/s, 2.3 req/s] at 95%: set by ttft.p95 < 2s``."""
    rate = capacity["rate"]
    interval = f"[{shown(rate, 'low')}, {shown(rate, 'high')}] at {rate['confidence']:.0%}"
    return f"{shown(rate, 'value')} {interval}: {capacity['why']}"


def table(capacity: Mapping[str, Any]) -> list[list[str]]:
    """A row a probe, in order of rate, after one of titles: rate, requests, verdict, and every objective."""
    probes = sorted(capacity["probes"], key=lambda one: one["rate"])
    objectives = [one["objective"] for one in probes[0]["objectives"]] if probes else []
    rows = [[one["load"], str(one["requests"]), one["outcome"], *map(_cell, one["objectives"])] for one in probes]
    return [[*_HEAD, *objectives], *rows]


def lines(capacities: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """For the terminal."""
    for one in capacities:
        yield f"{one['name']}: {headline(one)}"
        yield from (f"  {line}" for line in aligned(table(one)))
        if one.get("folder"):
            yield f"  curves: {one['folder']}/{CURVES}"


def properties(capacities: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Name and text of JUnit properties."""
    found = []
    for one in capacities:
        prefix = f"{one['name']}." if len(capacities) > 1 else ""
        found += [(f"{prefix}capacity{suffix}", _text(one["rate"][key])) for suffix, key in _PARTS]
        found += [(f"{prefix}capacity.limiting", one["limiting"] or ""), (f"{prefix}capacity.why", one["why"])]
    return found


_PARTS = (("", "value"), (".low", "low"), (".high", "high"), (".n", "n"))


def shown(figure: Mapping[str, Any], end: str) -> str:
    """One end of a figure, or its value."""
    unbounded = {"low": -math.inf, "high": math.inf}.get(end, math.nan)
    value = figure[end]
    return show(unbounded if value is None else value, Unit(figure["unit"]))


def _cell(objective: Mapping[str, Any]) -> str:
    return f"{shown(objective, 'value')} [{shown(objective, 'low')}, {shown(objective, 'high')}] {objective['outcome']}"


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
