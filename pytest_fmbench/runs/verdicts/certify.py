"""Whether the load generator's own error could change a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.crew.stamping import stamp_error_s
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.promises import FROM_THE_SCHEDULE, judged_metric

LEAST_S = 1e-3
SHARE_OF_LIMIT = 0.02
_MEAN = "mean"
_FAR = 10
_WAITING_SHARE = 0.05
_FULL_SHARE = 0.9
_STEP_NS = 1_000_000
_FAR_NS = 1_000_000
"""A round trip that is more than what our own error may always be."""


def problems(run: Run, objectives: Sequence[Objective]) -> Iterator[str]:
    """Why ``run`` cannot be judged: each objective in seconds whose verdict our own error could change.

    It could not where it is small, at most 1 ms or 2 % of the limit, whichever is more; nor where the limit lies
    further than ten times our error from the whole interval. Our error is that of 99 % of the stamps, and for what
    counts from the schedule also how late requests began: 99 % of them, or, in a mean, which holds no more than that,
    all of them on average.
    """
    for objective in objectives:
        metric = judged_metric(objective, open_loop=run.open_loop)
        if run.figures.metrics[metric].unit is not Unit.SECOND:
            continue
        mean, allowed_s = objective.statistic == _MEAN, max(LEAST_S, SHARE_OF_LIMIT * objective.limit)
        error_s = own_error_s(run, metric, mean=mean)
        if error_s > allowed_s and not _far_from_limit(run, objective, metric, _FAR * error_s):
            yield (
                f"{objective.text}: our own error is up to {show(error_s, Unit.SECOND)} ({_MEAN if mean else 'p99'}), "
                f"more than {show(allowed_s, Unit.SECOND)}; use more --fmbench-workers, a lower rate or another host"
            )


def _far_from_limit(run: Run, objective: Objective, metric: str, margin_s: float) -> bool:
    if objective.per_request:
        return False
    estimate = run.figures.estimate(metric, objective.statistic)
    return estimate.low - margin_s > objective.limit or estimate.high + margin_s < objective.limit


def own_error_s(run: Run, metric: str, *, mean: bool = False) -> float:
    """Bound on the load generator's part in ``metric``, in seconds, for 99 % of the samples.

    :param mean: the part in their mean instead, for which stamps are taken to be all as wrong as those.
    """
    stamped = stamp_error_s(run.figures.measurement, metric, run.certificate.stamp_p99_ns / 1e9)
    return stamped + _lateness_s(run, mean=mean) if metric in FROM_THE_SCHEDULE.values() else stamped


def warnings(run: Run) -> Iterator[str]:
    """Signs that the load generator did not have what it needs; they change no verdict."""
    seen = run.certificate
    if seen.run_queue_share is not None and seen.run_queue_share > _WAITING_SHARE:
        yield f"{run.name}: the load generator waited for a core for {seen.run_queue_share:.0%} of the run"
    if seen.steal_share is not None and seen.steal_share > _WAITING_SHARE:
        yield f"{run.name}: the host took {seen.steal_share:.0%} of this machine's cores away during the run"
    if seen.cpu_share > _FULL_SHARE:
        yield f"{run.name}: the load generator used {seen.cpu_share:.0%} of a core and had no room left"
    if (seen.round_trip_p50_ns or 0) > _FAR_NS:
        least, usual = (show((ns or 0) / 1e9, Unit.SECOND) for ns in (seen.round_trip_ns, seen.round_trip_p50_ns))
        yield f"{run.name}: every latency holds a round trip of {usual} through the network, {least} at least"
    if seen.clock_step_ns > _STEP_NS:
        yield f"{run.name}: the system's clock was set by {show(seen.clock_step_ns / 1e9, Unit.SECOND)} during the run"


def _lateness_s(run: Run, *, mean: bool) -> float:
    late = run.figures.samples("schedule_lateness")
    if isinstance(late, (Share, Rate)) or late.size == 0:
        return 0.0
    return float(late.mean() if mean else np.quantile(late, 0.99))
