"""What was sampled in a run, as plain values for reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.sampled import Cost
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.crosscheck import crosscheck

Plain = dict[str, Any]


def told(run: Run) -> Plain:
    """``figures``, each with its mean and largest, ``costs``, ``absent`` and ``ttft``; empty where nothing was sampled.

    A figure that is one number has it as ``mean``, and no ``max``. All are in SI units.
    """
    telemetry = run.figures.measurement.telemetry
    if telemetry is None:
        return {}
    figures = {name: _figure(run, name) for name in run.figures.metrics if run.figures.metrics[name].needs}
    both = crosscheck(run.figures.measurement)
    return {
        "figures": {name: one for name, one in figures.items() if one["n"]},
        "costs": {name: _cost(one) for name, one in telemetry.costs.items()},
        "absent": dict(telemetry.absent),
        "ttft": None if both is None else asdict(both),
    }


def _figure(run: Run, name: str) -> Plain:
    declared = run.figures.metrics[name]
    if declared.kind is not Kind.SERIES:
        estimate = run.figures.estimate(name)
        value = float(estimate) if np.isfinite(float(estimate)) else None
        return {"mean": value, "max": None, "n": estimate.n if value is not None else 0, "unit": declared.unit.value}
    values = np.asarray(run.figures.samples(name))
    mean, largest = (float(values.mean()), float(values.max())) if values.size else (None, None)
    return {"mean": mean, "max": largest, "n": int(values.size), "unit": declared.unit.value}


def _cost(cost: Cost) -> Plain:
    asked = cost.samples + cost.gaps
    each = {"cpu_s_each": cost.cpu_ns / 1e9 / asked, "wall_s_each": cost.wall_ns / 1e9 / asked} if asked else {}
    return {"samples": cost.samples, "gaps": cost.gaps, "fault": cost.fault, **each}
