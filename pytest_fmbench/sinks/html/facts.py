"""What a session was, in a sentence: when it was made, and of how much it tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.base import Told


def facts_of(told: Told) -> str:
    """``Session NAME of 26 November 2026, 22:19 UTC: 3 deployments, 21 runs, 4,210 requests``."""
    begun = told.session.get("begun")
    counted = ", ".join(_counts(told))
    return f"Session {cut(told.folder.name, 80)}{f' of {when(begun)}' if begun else ''}" + (counted and f": {counted}")


def when(begun: object) -> str:
    """A moment as people write it, to the minute; as it is where it cannot be read."""
    try:
        at = datetime.fromisoformat(str(begun)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return cut(begun)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _counts(told: Told) -> Iterator[str]:
    several = (*told.summaries, *told.capacities, *told.qualities)
    deployments = {one["deployment"] for one in several if one.get("deployment")}
    counts = (
        (len(deployments), "deployment"),
        (len(told.summaries), "run"),
        (sum(one["requests"] for one in told.summaries), "request"),
        (len(told.capacities), "search"),
        (len(told.comparisons), "comparison"),
        (len(told.qualities), "examination"),
    )
    yield from (f"{n:,} {_plural(n, word)}" for n, word in counts if n)


def _plural(n: int, word: str) -> str:
    return word if n == 1 else f"{word}es" if word.endswith("ch") else f"{word}s"
