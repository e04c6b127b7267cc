"""A capacity as plain values, with the curve of every figure against the rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.runs.capacities.capacity import Capacity
from pytest_fmbench.runs.capacities.probes import Probed
from pytest_fmbench.runs.verdicts.promises import judged_metric
from pytest_fmbench.stats.capacity import isotonic

SHOWN = ("ttft.p50", "ttft.p95", "tpot.mean", "e2e.p50", "e2e.p95", "output_token_rate", "request_rate", "error_rate")
"""Figures that have a curve, besides those that are judged."""

Plain = dict[str, Any]


def told(capacity: Capacity) -> Plain:
    """A capacity as plain values."""
    return {
        "name": capacity.name,
        "sla": [one.text for one in capacity.objectives],
        "rate": _figure(capacity.rate) | {"confidence": capacity.rate.confidence},
        "limiting": capacity.limiting and capacity.limiting.text,
        "precise": capacity.precise,
        "why": capacity.why,
        "requests": capacity.requests,
        "seconds": capacity.seconds,
        "probes": [_probe(one) for one in capacity.probes],
        "curves": curves(capacity),
        "limits": {_judged_name(one): one.limit for one in capacity.objectives if not one.per_request},
    }


def curves(capacity: Capacity) -> dict[str, list[Plain]]:
    """By name of a figure, its values over the rates that were tried, in order of rate.

    ``fitted`` is the monotone curve through all of them, weighted by requests (isotonic regression): a figure that is
    better low is taken to rise with the rate, a share that is better high to fall, and one per second to rise.
    """
    judged = [_judged_name(one) for one in capacity.objectives if not one.per_request]
    probes = sorted((one for one in capacity.probes if one.rate), key=lambda one: one.rate)
    return {name: list(_curve(name, probes)) for name in dict.fromkeys((*judged, *SHOWN))} if probes else {}


def _curve(name: str, probes: Sequence[Probed]) -> Iterator[Plain]:
    metric, _, statistic = name.partition(".")
    each = [(one, one.run.figures.estimate(metric, statistic or None)) for one in probes]
    known = [(one, estimate) for one, estimate in each if not math.isnan(estimate)]
    if not known:
        return
    values, weights = [float(estimate) for _, estimate in known], [float(max(1, one.n)) for _, one in known]
    rising = not (statistic == "" and metric == "goodput")
    for (one, estimate), fitted in zip(known, isotonic(values, weights, rising=rising).tolist(), strict=True):
        yield {"rate": one.rate, **_figure(estimate), "fitted": fitted}


def _probe(probed: Probed) -> Plain:
    return {
        "rate": probed.rate,
        "load": "alone" if not probed.rate else f"{probed.rate:.4g} req/s",
        "requests": probed.run.figures.measurement.window_requests.num_rows,
        "outcome": probed.outcome,
        "objectives": [
            {"objective": one.objective.text, "outcome": one.outcome.value, **_figure(one.estimate)}
            for one in probed.verdicts
        ],
    }


def _judged_name(objective: Objective) -> str:
    metric = judged_metric(objective, open_loop=True)
    return metric if objective.statistic is None else f"{metric}.{objective.statistic}"


def _figure(estimate: Estimate) -> Plain:
    value, low, high = (one if math.isfinite(one) else None for one in (float(estimate), estimate.low, estimate.high))
    return {"value": value, "low": low, "high": high, "n": estimate.n, "unit": estimate.unit.value}
