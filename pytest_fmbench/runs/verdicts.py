"""Judging a run: each objective against an interval of the level that the case's confidence leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.model.samples import Share
from pytest_fmbench.runs.promises import judged_metric
from pytest_fmbench.runs.run import Run
from pytest_fmbench.sla import interval_confidence, is_counted, judge


@dataclass(frozen=True)
class Strictness:
    """How sure a verdict must be.

    :param confidence: of a case, one-sided each way.
    :param tolerance: share of a limit that does not matter either way.
    :param judged_runs: runs of the case that are judged; they share its confidence.
    """

    confidence: float = 0.95
    tolerance: float = 0.05
    judged_runs: int = 1


def judge_run(run: Run, objectives: Sequence[Objective], strictness: Strictness) -> list[Verdict]:
    """The verdicts on ``run``, one an objective; per-request objectives have none of their own, but define goodput.

    The confidence is divided over those that an interval decides: what is counted takes no share of it.
    """
    judged = [one for one in objectives if not one.per_request]
    if not judged:
        return []
    weighed = [one for one in judged if not is_counted(one, run.figures.metrics[one.metric].unit)]
    level = interval_confidence(strictness.confidence, max(1, len(weighed) * strictness.judged_runs))
    verdicts = [_judge(run, one, level, strictness.tolerance) for one in judged]
    return verdicts if run.valid else [replace(verdict, outcome=Outcome.INVALID) for verdict in verdicts]


def _judge(run: Run, objective: Objective, level: float, tolerance: float) -> Verdict:
    metric = judged_metric(objective, open_loop=run.open_loop)
    estimate = run.figures.estimate(metric, objective.statistic, level)
    samples = run.figures.samples(metric)
    bad = None
    if isinstance(samples, Share):
        bad = int(np.count_nonzero(samples.flags if objective.upper else ~samples.flags))
    sent = run.figures.measurement.window_requests.num_rows
    verdict = judge(objective, estimate, tolerance=tolerance, failures=bad, requests=sent)
    return verdict if metric == objective.metric else replace(verdict, reason=f"{verdict.reason} (as {metric})")
