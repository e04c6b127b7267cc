"""What a token cost against how long people waited: which runs no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Section, Summary, Told, chart, chooser
from pytest_fmbench.sinks.html.elements import cut
from pytest_fmbench.sinks.html.sections.tradeoff import UPWARDS, deployments_of, ends_of, judged_key

_LEAD = (
    "Dollars for a million output tokens: what a run cost, its warm-up and drain included, over the tokens that "
    "arrived in its window. The line joins the runs that no other beats in both; one that is invalid or had "
    "failures is not on it."
)


def section(told: Told) -> Section | None:
    """None where nobody paid."""
    runs = [one for one in told.summaries if one.get("usd") and _tokens(one)]
    if not runs:
        return None
    names = deployments_of(runs)
    points = [
        {
            "name": cut(one["name"]),
            "deployment": cut(names[one.get("deployment", "-")]),
            "outcome": outcomes.of_run(one),
            "usd": one["usd"] / _tokens(one) * 1e6,
            "figures": {key: ends_of(one["figures"].get(judged_key(one, key))) for key, _ in UPWARDS},
        }
        for one in runs
    ]
    fit = [not one["invalid"] and not one["figures"]["error_rate"]["value"] for one in runs]
    fronts = {}
    for key, _ in UPWARDS:
        known = [(nth, one) for nth, one in enumerate(points) if fit[nth] and one["figures"][key]]
        front = pareto([(one["usd"], one["figures"][key][0]) for _, one in known])
        fronts[key] = [known[at][0] for at in front]
    data = {"runs": points, "fronts": fronts, "titles": dict(UPWARDS)}
    body = [
        chooser("cost-y", "Latency", UPWARDS, "ttft.p95"),
        chart("cost", "cost-data", "Latency of every run against what its tokens cost"),
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


def _tokens(summary: Summary) -> float:
    rate = summary["figures"].get("output_token_rate", {}).get("value")
    return float(rate or 0.0) * float(summary.get("window_s", 0.0))
