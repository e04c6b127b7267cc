"""Latency against throughput, or against the rate of requests: what a load buys, and what it costs."""

from __future__ import annotations

import re
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Section, Summary, Told, chart, chooser
from pytest_fmbench.sinks.html.thinning import tidy
from pytest_fmbench.sinks.html.words import judged_of
from pytest_fmbench.sinks.side_by_side import short
from pytest_fmbench.sinks.table import title_of

ACROSS = (("output_token_rate", "tokens/s"), ("request_rate", "requests/s"))
UPWARDS = tuple(
    (f"{metric}.{statistic}", f"{metric.upper()} {statistic}")
    for metric in ("ttft", "tpot", "itl", "e2e")
    for statistic in ("mean", "p50", "p90", "p95", "p99")
)
_SIZE = re.compile(r"[a-z]+:(\d+(?:\.\d+)?)")
_LEAD = (
    "A point is a run, with its intervals both ways; a line joins the loads of one deployment and one workload, the "
    "less before the more. Right and down is better. A dashed line is the limit of an SLA on this very figure."
)
_NOTE = (
    "Of open loads TTFT and E2E count from when a request was due, as objectives do. An interval that ends at the edge "
    "of the picture goes on. A name that would lie over another is left out: point at a mark to read it."
)


def section(told: Told) -> Section | None:
    """None where there is nothing to compare."""
    runs = [one for one in told.summaries if one["figures"].get("output_token_rate", {}).get("value")]
    if len(runs) < 2:
        return None
    names = deployments_of(runs)
    data = {
        "runs": [
            {
                "name": cut(title_of(one)),
                "deployment": cut(names[one.get("deployment", "-")]),
                "workload": cut(one.get("workload", "-")),
                "load": cut(one.get("load", "-")),
                "asked": _asked(one.get("load", "-"), nth),
                "outcome": outcomes.of_run(one),
                "figures": {key: ends_of(one["figures"].get(judged_key(one, key))) for key, _ in (*ACROSS, *UPWARDS)},
            }
            for nth, one in enumerate(runs)
        ],
        "limits": limits_of(runs),
        "titles": dict((*ACROSS, *UPWARDS)),
    }
    first = next((key for key, _ in UPWARDS if key in data["limits"]), "ttft.p95")
    body = [
        chooser("tradeoff-y", "Latency", UPWARDS, first),
        chooser("tradeoff-x", "against", ACROSS, ACROSS[0][0]),
        chart("tradeoff", "tradeoff-data", "Latency of every run against its throughput", _NOTE),
    ]
    return Section("tradeoff", "Latency against throughput", _LEAD, body, {"tradeoff-data": data})


def deployments_of(runs: list[Summary]) -> dict[str, str]:
    """Short names of the deployments of ``runs``."""
    known = list(dict.fromkeys(one.get("deployment", "-") for one in runs))
    return dict(zip(known, short(known), strict=True)) if len(known) > 1 else {one: one for one in known}


def _asked(load: str, nth: int) -> float:
    """How much a load asks for, by which a line goes on: its users or its rate; else when it was measured."""
    found = _SIZE.fullmatch(load)
    return float(found[1]) if found else float(nth)


def judged_key(summary: Summary, key: str) -> str:
    """The figure that an objective on ``key`` is about: of open loads it counts from the schedule."""
    metric, _, statistic = key.partition(".")
    late = summary.get("open_loop") and metric in ("ttft", "e2e")
    return f"{metric}_scheduled.{statistic}" if late else key


def ends_of(figure: Summary | None) -> list[float | None] | None:
    """Value and ends, for scripts; None where it is not known."""
    if figure is None or figure["value"] is None:
        return None
    return [None if one is None else tidy([one])[0] for one in (figure["value"], figure["low"], figure["high"])]


def limits_of(runs: list[Summary]) -> dict[str, list[float]]:
    """Every limit that the SLA of a run puts on a figure, by its name."""
    found: dict[str, Any] = {}
    for verdict in (verdict for one in runs for verdict in one["verdicts"]):
        key, _ = judged_of(verdict["objective"])
        found.setdefault(key.replace("_scheduled", ""), {})[verdict["limit"]] = None
    return {key: [*limits] for key, limits in found.items()}
