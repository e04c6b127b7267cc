"""A run as plain values, for whatever reports it: nothing else crosses from an xdist worker to the controller."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from pytest_fmbench.metrics.base import of_requests, of_sessions
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Verdict
from pytest_fmbench.runs.again import repetitions
from pytest_fmbench.runs.baselines.against import plain
from pytest_fmbench.runs.boxes import boxes
from pytest_fmbench.runs.figures import STATISTICS
from pytest_fmbench.runs.groups import SHOWN, figures_by_group
from pytest_fmbench.runs.replays.fidelity import fidelity
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.sampling.needs import gaps
from pytest_fmbench.runs.sampling.told import told
from pytest_fmbench.runs.turns import doubts, told_of_tasks
from pytest_fmbench.runs.verdicts.certify import warnings
from pytest_fmbench.runs.verdicts.steadiness import signs

Summary = dict[str, Any]


def summarise(run: Run, subject: Summary) -> Summary:
    """Name, subject (deployment, workload, load, and how it is judged), window, every figure, and the verdicts.

    ``window_s`` is how long was measured, of all rounds together.
    """
    return {
        "name": run.name,
        **subject,
        "window_s": run.figures.measurement.seconds,
        "rounds": max(1, len(run.figures.measurement.rounds)),
        "requests": run.figures.measurement.window_requests.num_rows,
        "certificate": asdict(run.certificate),
        "looks": [[one.look.requests, one.look.share, one.end_ns, one.begin_ns] for one in run.looked],
        "decided": run.decided,
        "cut": run.cut,
        "invalid": run.invalid,
        "warnings": [*warnings(run), *gaps(run), *signs(run), *repetitions(run, subject), *doubts(run), *_unpaid(run)],
        "figures": {estimate.name: _figure(estimate) for estimate in _estimates(run)},
        "boxes": boxes(run),
        **({"groups": groups} if (groups := _groups(run)) else {}),
        "verdicts": [_verdict(verdict) for verdict in run.verdicts],
        **({"fidelity": fidelity(run.figures.measurement, subject["replayed"])} if "replayed" in subject else {}),
        **({"tasks": tasks} if (tasks := told_of_tasks(run)) else {}),
        **({"telemetry": sampled} if (sampled := told(run)) else {}),
        **({"baseline": plain(run.stored, run)} if run.stored else {}),
        **({"usd": run.usd} if run.usd is not None else {}),
        **({"tariff": asdict(tariff)} if (tariff := run.figures.measurement.tariff) else {}),
    }


def _groups(run: Run) -> Summary:
    """Of each part of a mix, how many requests it had, and some figures."""
    return {
        name: {
            "requests": figures.measurement.window_requests.num_rows,
            "figures": {shown: _figure(figures.estimate(*_named(shown))) for shown in SHOWN},
        }
        for name, figures in figures_by_group(run.figures).items()
    }


def _named(figure: str) -> tuple[str, str | None]:
    metric, _, statistic = figure.partition(".")
    return metric, statistic or None


def _unpaid(run: Run) -> list[str]:
    return [f"{run.name}: {run.unpaid}; what was measured until then is judged"] if run.unpaid else []


def _estimates(run: Run) -> list[Estimate]:
    """Of what is made of requests alone, and of tasks where there are any; telemetry has a table of its own."""
    metrics, sessions = run.figures.metrics, run.figures.measurement.tasks is not None
    return [
        run.figures.estimate(metric, statistic)
        for metric in (*of_requests(metrics), *(of_sessions(metrics) if sessions else ()))
        for statistic in (STATISTICS if run.figures.metrics[metric].kind.takes_statistic else (None,))
    ]


def _figure(estimate: Estimate) -> Summary:
    return {
        "value": _finite(estimate),
        "low": _finite(estimate.low),
        "high": _finite(estimate.high),
        "n": estimate.n,
        "unit": estimate.unit.value,
    }


def _verdict(verdict: Verdict) -> Summary:
    return {
        "objective": verdict.objective.text,
        "outcome": verdict.outcome.value,
        "limit": verdict.objective.limit,
        "reason": verdict.reason,
        **_figure(verdict.estimate),
    }


def _finite(value: float) -> float | None:
    """JSON has neither NaN nor infinity: what is not known, and what has no bound, is null."""
    return float(value) if math.isfinite(value) else None
