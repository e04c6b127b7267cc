"""Two deployments that were measured in turns, in lines for people: what is judged of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.sinks.against import judged

Plain = Mapping[str, Any]


def headline(comparison: Plain) -> str:
    """Who was held against whom, and how often."""
    who = f"{comparison['candidate']} against {comparison['baseline']}"
    return f"{comparison['name']}: {who}, {comparison['pairs']} pairs of blocks"


def statistics(comparison: Plain) -> list[str]:
    """A line each; none of a comparison that broke off, or that an older version wrote."""
    return [*judged(comparison.get("judged", ()))]


def lines(comparisons: Iterable[Plain]) -> Iterator[str]:
    """Each under its headline."""
    for one in comparisons:
        yield from (headline(one), *statistics(one))
