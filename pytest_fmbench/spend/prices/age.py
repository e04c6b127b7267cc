"""How old what is known of prices is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from pytest_fmbench.clock import wall_iso
from pytest_fmbench.model.price import Price, Tariff, TokenPrice

OLD_DAYS = 180
"""Prices that are older are warned of."""


def old(prices: Iterable[Price | Tariff | TokenPrice], today: str = "") -> Iterator[str]:
    """Warnings about those that are older than half a year, one for each source and date.

    :param today: as ISO 8601; of now where it is not given.
    """
    now = date.fromisoformat((today or wall_iso())[:10])
    for source, day in dict.fromkeys((one.source, one.date) for one in prices):
        begun = _day(day)
        if begun is not None and (now - begun).days > OLD_DAYS:
            yield f"prices of {source}, {day}, are {(now - begun).days:,} days old: `fmbench prices --refresh REGION`"


def _day(text: str) -> date | None:
    """The first day that ``text`` may mean: ``2025-04`` and ``2025-04-03`` are dates; None of what is none."""
    parts = text[:10].split("-")
    try:
        return date(*(int(part) for part in (*parts, "1", "1")[:3]))
    except ValueError:  # whoever wrote the table says it in his own way
        return None
