"""Judging a run: each objective against intervals of the level that the case's confidence leaves it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from pytest_fmbench.metrics import error_rate
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.runs.failing import causes
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.promises import judged_metric
from pytest_fmbench.runs.verdicts.sequential import Judged, Strictness, replayed


def judge_run(run: Run, objectives: Sequence[Objective], strictness: Strictness) -> list[Verdict]:
    """The verdicts on ``run``, one an objective; per-request objectives have none of their own, but define goodput.

    The confidence is divided over those that an interval decides: what is counted takes no share of it.
    """
    if all(one.per_request for one in objectives):
        return []
    judged = Judged(tuple(objectives), run.figures.metrics, run.open_loop, run.figures.measurement.tariff)
    gate = replayed(judged, strictness, run.looked, run.figures, decided=run.decided)
    verdicts = [_told(one.verdict, run) for one in gate.items if one.verdict is not None]
    return verdicts if run.valid else [replace(verdict, outcome=Outcome.INVALID) for verdict in verdicts]


def _told(verdict: Verdict, run: Run) -> Verdict:
    metric, reason = judged_metric(verdict.objective, open_loop=run.open_loop), verdict.reason
    rounds, needs = len(run.figures.rounds), run.figures.metrics[metric].needs
    if needs and math.isnan(verdict.estimate):
        reason = "not judged: another objective had ended the window early" if run.valid else "not measured"
    if needs and "more request" in reason:  # its samples are of time
        reason = f"{reason.partition('; ')[0]}; a longer window would decide"
    if run.shape_s and verdict.outcome is Outcome.INCONCLUSIVE:
        reason = f"{reason}; its load has a shape, which moves the level: docs/loads.md says what can be decided then"
    if rounds and "more request" in reason:  # how much rounds differ is no better known by longer ones
        reason = f"{reason}, in more rounds than {rounds}"
    if metric == error_rate.METRIC.name and (why := causes(run.figures.measurement)):
        reason = f"{reason} ({why})"
    if metric != verdict.objective.metric:
        reason = f"{reason} (as {metric})"
    return replace(verdict, reason=reason)
