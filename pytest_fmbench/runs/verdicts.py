"""Judging a run: each objective against an interval of the level that the case's confidence leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pytest_fmbench.model.objective import Objective, Verdict
from pytest_fmbench.model.samples import Share
from pytest_fmbench.runs.run import Run
from pytest_fmbench.sla import interval_confidence, judge


@dataclass(frozen=True)
class Strictness:
    """How sure a verdict must be.

    :param confidence: of a case, one-sided each way.
    :param tolerance: share of a limit that does not matter either way.
    """

    confidence: float = 0.95
    tolerance: float = 0.05


def judge_run(run: Run, objectives: Sequence[Objective], strictness: Strictness) -> list[Verdict]:
    """The verdicts on ``run``, one an objective; per-request objectives have none of their own, but define goodput."""
    judged = [one for one in objectives if not one.per_request]
    if not judged:
        return []
    level = interval_confidence(strictness.confidence, len(judged))
    return [_judge(run, one, level, strictness.tolerance) for one in judged]


def _judge(run: Run, objective: Objective, level: float, tolerance: float) -> Verdict:
    estimate = run.figures.estimate(objective.metric, objective.statistic, level)
    samples = run.figures.samples(objective.metric)
    bad = None
    if isinstance(samples, Share):
        bad = int(np.count_nonzero(samples.flags if objective.upper else ~samples.flags))
    sent = run.figures.measurement.window_requests.num_rows
    return judge(objective, estimate, tolerance=tolerance, failures=bad, requests=sent)
