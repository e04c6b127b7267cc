"""A capacity as plain values, with the curve of every figure against the rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pytest_fmbench.metrics.base import named
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.price import Tariff
from pytest_fmbench.runs.capacities.arrivals import arrival_of
from pytest_fmbench.runs.capacities.capacity import RISK, Capacity
from pytest_fmbench.runs.capacities.probes import Probed
from pytest_fmbench.runs.verdicts.promises import judged_metric
from pytest_fmbench.stats.capacity import isotonic

SHOWN = ("ttft.p50", "ttft.p95", "tpot.mean", "e2e.p50", "e2e.p95", "output_token_rate", "request_rate", "error_rate")
"""Figures that have a curve, besides those that are judged."""

SAMPLED = (
    *("server.kv_cache.mean", "server.waiting.mean", "gpu.utilization.mean", "gpu.power.mean"),
    *("neuron.utilization.mean", "host.cpu.mean", "energy_per_1k_tokens"),
)
"""Those of them that need telemetry: where there was some, they have a curve too."""

_FALLING = ("goodput", "energy_per_1k_tokens")

Plain = dict[str, Any]


def told(capacity: Capacity) -> Plain:
    """A capacity as plain values; ``sampled`` names those of its curves that are of telemetry."""
    of_samples = sampled_curves(capacity)
    return {
        "name": capacity.name,
        "sla": [one.text for one in capacity.objectives],
        "rate": _figure(capacity.rate) | {"confidence": capacity.rate.confidence},
        "held": {"rate": capacity.held, "confidence": 1.0 - RISK},
        "arrival": arrival_of([one.run.figures.measurement for one in capacity.probes]),
        "costs": {name: _figure(cost) for name, cost in capacity.costs.items()},
        "limiting": capacity.limiting and capacity.limiting.text,
        "precise": capacity.precise,
        "why": capacity.why,
        "requests": capacity.requests,
        "seconds": capacity.seconds,
        "probes": [_probe(one) for one in capacity.probes],
        "curves": curves(capacity) | of_samples,
        "sampled": [*of_samples],
        "limits": {_judged_name(one): one.limit for one in capacity.judged},
    }


def whose(deployment: Deployment, tariff: Tariff | None) -> Plain:
    """What was searched, and what it is paid by; of an endpoint without its address."""
    instance = deployment.instance if deployment.platform != "url" else "url"
    found: Plain = {"deployment": deployment.id, "model": deployment.model, "instance": instance}
    return found | ({} if tariff is None else {"tariff": asdict(tariff)})


def curves(capacity: Capacity) -> dict[str, list[Plain]]:
    """By name of a figure, its values over the rates that were tried, in order of rate.

    ``fitted`` is the monotone curve through all of them, weighted by requests (isotonic regression): a figure that is
    better low is taken to rise with the rate, a share that is better high to fall, and one per second to rise. What no
    probe knows, such as the time between tokens where replies have one, has no curve.
    """
    judged = [_judged_name(one) for one in capacity.judged]
    return _known((*judged, *SHOWN), _by_rate(capacity))


def sampled_curves(capacity: Capacity) -> dict[str, list[Plain]]:
    """The same of what was sampled, where there was some; the energy of so many tokens is taken to fall."""
    return _known(SAMPLED, _by_rate(capacity))


def _known(names: Sequence[str], probes: Sequence[Probed]) -> dict[str, list[Plain]]:
    return {name: points for name in dict.fromkeys(names) if (points := list(_curve(name, probes)))}


def _by_rate(capacity: Capacity) -> list[Probed]:
    return sorted((one for one in capacity.probes if one.rate), key=lambda one: one.rate)


def _curve(name: str, probes: Sequence[Probed]) -> Iterator[Plain]:
    each = [(one, _estimate(one, name)) for one in probes]
    known = [(one, estimate) for one, estimate in each if not math.isnan(estimate)]
    if not known:
        return
    values, weights = [float(estimate) for _, estimate in known], [float(max(1, one.n)) for _, one in known]
    rising = name not in _FALLING
    for (one, estimate), fitted in zip(known, isotonic(values, weights, rising=rising).tolist(), strict=True):
        yield {"rate": one.rate, **_figure(estimate), "fitted": fitted}


def _estimate(probed: Probed, name: str) -> Estimate:
    figures = probed.run.figures
    metric, statistic = named(name, figures.metrics)
    return figures.estimate(metric, statistic or None)


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
