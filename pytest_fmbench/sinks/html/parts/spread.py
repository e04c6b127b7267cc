"""How latencies are distributed: of each value, the share of requests that were at least so fast."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fmbench.metrics import e2e, e2e_scheduled, itl, tpot, ttft, ttft_scheduled
from pytest_fmbench.metrics.base import Metric
from pytest_fmbench.sinks.html.base import chart, chooser
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.thinning import ranks, tidy
from pytest_fmbench.sinks.html.words import judged_of

_POINTS = 160
_LEAD = (
    "Height is the share of all values that are at most so large: the steeper, the more alike; a long flat end is a "
    "slow tail. A ring is the limit of a percentile, which a curve keeps by passing above it."
)
_NOTE = (
    f"A curve is drawn through {_POINTS} of its values at most, the least, the greatest and most of the tail among "
    "them."
)
_TITLES = {"ttft": "TTFT", "itl": "ITL", "tpot": "TPOT", "e2e": "E2E"}


def part(run: Opened) -> Part | None:
    """None where no request of the window succeeded."""
    found = {name: _curve(run, metric) for name, metric in _metrics(run).items()}
    curves = {name: curve for name, curve in found.items() if curve is not None}
    if not curves:
        return None
    data = {"name": run.summary["name"][:200], "curves": curves, "limits": _limits(run)}
    block = run.block("spread")
    options = [(name, _TITLES[name]) for name in curves]
    body = [
        chooser(f"spread-{run.nth}", "Figure", options, options[0][0]),
        chart("spread", block, "Distribution", _NOTE),
    ]
    return Part("Distributions", _LEAD, body, data)


def _metrics(run: Opened) -> dict[str, Metric]:
    late = run.open_loop
    return {
        "ttft": ttft_scheduled.METRIC if late else ttft.METRIC,
        "itl": itl.METRIC,
        "tpot": tpot.METRIC,
        "e2e": e2e_scheduled.METRIC if late else e2e.METRIC,
    }


def _curve(run: Opened, metric: Metric) -> dict[str, Any] | None:
    values = np.asarray(metric.compute(run.measurement), dtype=np.float64)
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    kept = ranks(values.size, _POINTS)
    values.partition(kept)
    shares = tidy((kept + 1) / values.size)
    return {"metric": metric.name, "n": int(values.size), "values": tidy(values[kept]), "shares": shares}


def _limits(run: Opened) -> list[dict[str, Any]]:
    """Of objectives on a latency: the limit, and the share of values that a percentile is about."""
    found = []
    for verdict in run.summary["verdicts"]:
        key, _ = judged_of(verdict["objective"])
        metric, _, statistic = key.partition(".")
        family = metric.removesuffix("_scheduled")
        if family in _TITLES:
            share = float(statistic[1:]) / 100 if statistic[:1] == "p" else None
            told = f"{' '.join(verdict['objective'].split())}: {verdict['outcome']}"
            found.append({"of": family, "limit": verdict["limit"], "share": share, "text": told[:120]})
    return found
