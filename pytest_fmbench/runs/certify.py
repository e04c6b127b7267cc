"""Whether the load generator's own error could change a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.samples import Rate, Share
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.promises import judged_metric
from pytest_fmbench.runs.run import Run

LEAST_S = 1e-3
SHARE_OF_LIMIT = 0.02
_WAITING_SHARE = 0.05
_FROM_THE_SCHEDULE = ("ttft_scheduled", "e2e_scheduled")


def problems(run: Run, objectives: Sequence[Objective]) -> Iterator[str]:
    """Why ``run`` cannot be judged: each objective in seconds on which our own error is not small.

    Small is at most 1 ms, or 2 % of the limit where that is more. Our error is how late 99 % of the arrivals were
    stamped, and for what counts from the schedule also how late 99 % of the requests began.
    """
    for objective in objectives:
        metric = judged_metric(objective, open_loop=run.open_loop)
        if run.figures.metrics[metric].unit is not Unit.SECOND:
            continue
        error_s, allowed_s = own_error_s(run, metric), max(LEAST_S, SHARE_OF_LIMIT * objective.limit)
        if error_s > allowed_s:
            yield (
                f"{objective.text}: our own error is up to {show(error_s, Unit.SECOND)} (p99), "
                f"more than {show(allowed_s, Unit.SECOND)}"
            )


def own_error_s(run: Run, metric: str) -> float:
    """Bound on the load generator's part in ``metric``, in seconds, for 99 % of the samples."""
    stamped = run.certificate.stamp_p99_ns / 1e9
    return stamped + _lateness_p99_s(run) if metric in _FROM_THE_SCHEDULE else stamped


def warnings(run: Run) -> Iterator[str]:
    """Signs that the load generator was short of a core; they change no verdict."""
    share = run.certificate.run_queue_share
    if share is not None and share > _WAITING_SHARE:
        yield f"{run.name}: the load generator waited for a core for {share:.0%} of the run"


def _lateness_p99_s(run: Run) -> float:
    late = run.figures.samples("schedule_lateness")
    if isinstance(late, (Share, Rate)) or late.size == 0:
        return 0.0
    return float(np.quantile(late, 0.99))
