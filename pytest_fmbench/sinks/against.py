"""What a stored baseline says of a run, in lines for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.model.columns import aligned
from pytest_fmbench.model.units import Unit, show

BOUNDS = "These intervals cover the noise within both runs only, not another day or neighbour."

Summary = Mapping[str, Any]


def lines(summary: Summary) -> list[str]:
    """What the baseline says of a run; nothing where there is no baseline."""
    found = summary.get("baseline")
    return [*_lines(found)] if found else []


def listed(summaries: Iterable[Summary]) -> list[str]:
    """The same of many runs, each under its name, and how far it goes; nothing where there is no baseline."""
    told = [(summary, found) for summary in summaries if (found := lines(summary))]
    parts = [line for one, found in told for line in (f"{one['name']} against {one['baseline']['name']}:", *found)]
    return [*parts, BOUNDS] if any(one["baseline"]["statistics"] for one, _ in told) else parts


def judged(statistics: Iterable[Summary]) -> Iterator[str]:
    """A line a statistic: its verdict, both values and why."""
    yield from aligned([(one["change"].upper(), one["name"], f"{_values(one)}, {one['reason']}") for one in statistics])


def _lines(found: Summary) -> Iterator[str]:
    for reason in filter(None, (found["lacking"], found["doubt"])):
        yield f"not compared: {reason}"
    yield from (f"not compared: {line}" for line in found["differences"])
    yield from judged(found["statistics"])
    yield from (f"although it differs: {line}" for line in found["despite"])
    yield from (f"note: {note}" for note in found["notes"])


def _values(one: Summary) -> str:
    unit = Unit(one["unit"])
    before, after = (show(math.nan if one[arm] is None else one[arm], unit) for arm in ("baseline", "candidate"))
    return f"{before} -> {after}"
