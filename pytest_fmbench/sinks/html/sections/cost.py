"""What a token cost against how long people waited: which runs no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Section, Summary, Told, chart, chooser
from pytest_fmbench.sinks.html.sections.tradeoff import UPWARDS, deployments_of, ends_of, judged_key
from pytest_fmbench.sinks.spending import usd_per_million
from pytest_fmbench.sinks.table import title_of

_LEAD = (
    "Dollars for a million output tokens: what a run cost, its warm-up and drain included, over the tokens that "
    "arrived in its window. A point is a run, with the interval of its latency; left and down is better."
)
_NOTE = (
    "The dashed line joins the runs that no other beats in both; one that is invalid or had failures is not on it. An "
    "interval that ends at the edge of the picture goes on."
)


def section(told: Told) -> Section | None:
    """None where nobody paid."""
    runs = [one for one in told.summaries if usd_per_million(one) is not None]
    if not runs:
        return None
    names = deployments_of(runs)
    points: list[dict[str, Any]] = [
        {
            "name": cut(title_of(one)),
            "deployment": cut(names[one.get("deployment", "-")]),
            "outcome": outcomes.of_run(one),
            "usd": usd_per_million(one),
            "figures": {key: ends_of(one["figures"].get(judged_key(one, key))) for key, _ in UPWARDS},
        }
        for one in runs
    ]
    fit = [sound(one) for one in runs]
    fronts = {}
    for key, _ in UPWARDS:
        known = [(nth, one) for nth, one in enumerate(points) if fit[nth] and one["figures"][key]]
        front = pareto([(one["usd"], one["figures"][key][0]) for _, one in known])
        fronts[key] = [known[at][0] for at in front]
    data = {"runs": points, "fronts": fronts, "titles": dict(UPWARDS)}
    body = [
        chooser("cost-y", "Latency", UPWARDS, "ttft.p95"),
        chart("cost", "cost-data", "Latency of every run against what its tokens cost", _NOTE),
    ]
    return Section("cost", "Cost against latency", _LEAD, body, {"cost-data": data})


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Which points no other is below in both, in order of the first."""
    front, least = list[int](), float("inf")
    for at in sorted(range(len(points)), key=points.__getitem__):
        if points[at][1] < least:
            front.append(at)
            least = points[at][1]
    return front


def sound(summary: Summary) -> bool:
    """Whether nothing spoils a run's cost: it is valid, and none of its requests failed."""
    return not summary["invalid"] and not summary["figures"]["error_rate"]["value"]
