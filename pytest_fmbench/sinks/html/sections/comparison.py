"""Two deployments that were measured in turns: every statistic's ratio, with its interval."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_fmbench.runs.comparing.compare import SAMPLED, SHOWN
from pytest_fmbench.sinks.html.base import Section, Summary, Told, folded
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.strip import strip
from pytest_fmbench.sinks.html.words import table

_LEAD = (
    "Candidate over baseline, of blocks that were measured in turns under the same arrivals and prompts. A ratio of 1 "
    "is no difference, which the line in the middle of each strip is; its ends are a quarter and four times."
)


def section(told: Told) -> Section | None:
    """None where nothing was compared in turns."""
    if not told.comparisons:
        return None
    body = list[Child]()
    for one in told.comparisons:
        main = {name: found for name, found in one["statistics"].items() if name in (*SHOWN, *SAMPLED)}
        rest = {name: found for name, found in one["statistics"].items() if name not in main}
        body.append(tag("h3", code(one["name"])))
        pairs = f", {one['pairs']} pairs of blocks"
        body.append(tag("p", code(one["candidate"]), " against ", code(one["baseline"]), pairs))
        body.append(_table(main, "Ratios"))
        body.append(folded("Every other statistic", _table(rest, "Other ratios")) if rest else None)
    return Section("comparison", "Compared in turns", _LEAD, body)


def _table(statistics: Summary, caption: str) -> Element:
    rows = [row for name, found in statistics.items() for row in _row(name, found)]
    return table(("statistic", "ratio", "interval", "against 1"), rows, caption, numbers_from=1)


def _row(name: str, found: Summary) -> Iterator[list[Child]]:
    if found["ratio"] is None:
        return
    low = "-inf" if found["low"] is None else f"{found['low']:.3g}"
    high = "inf" if found["high"] is None else f"{found['high']:.3g}"
    ends = {"value": found["ratio"], "low": found["low"], "high": found["high"]}
    drawn = strip({"objective": f"{name} < 1", "limit": 1.0, "outcome": "none", **ends})
    ratio = tag("td", f"{found['ratio']:.3g}", class_="number", data_sort=found["ratio"])
    level = f"{low} to {high} at {found['confidence']:.0%}" if found["confidence"] else f"{low} to {high}"
    yield [code(name), ratio, level, tag("td", drawn)]
