"""Two runs that were measured apart, statistic by statistic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pytest_fmbench.metrics.base import Of, named
from pytest_fmbench.model.comparison import Compared
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.comparing.compare import OF_TASKS, SAMPLED, SHOWN
from pytest_fmbench.runs.crew.stamping import KERNEL_S, slack_s, stamp_error_s
from pytest_fmbench.runs.run import Run
from pytest_fmbench.runs.verdicts.certify import LEAST_S, SHARE_OF_LIMIT
from pytest_fmbench.sla import quantile_of
from pytest_fmbench.stats.contrast import Contrast, stored

_ANY = 0.95
"""A level, where only the value is wanted."""


@dataclass(frozen=True)
class Pair:
    """A baseline's run, and the one that is held against it."""

    before: Run
    after: Run

    def names(self) -> Iterator[str]:
        """The usual statistics, those of tasks, goodput where something is promised, what both sampled; not what
        neither has.
        """
        promised = ("goodput",) if self.after.figures.measurement.promises else ()
        of_tasks = OF_TASKS if all(self._has_tasks) else ()
        for name in (*SHOWN, *of_tasks, *promised, *SAMPLED):
            missing = [math.isnan(_estimate(run, name, _ANY)) for run in (self.before, self.after)]
            if not (any(missing) if name in SAMPLED else all(missing)):
                yield name

    def lacking(self) -> Iterator[str]:
        """What the baseline does not hold, in words."""
        if self._has_tasks == (False, True):
            yield "the baseline holds no tasks, so these are not compared; an earlier version saved it: save it again"

    @property
    def _has_tasks(self) -> tuple[bool, bool]:
        before, after = (run.figures.measurement.tasks is not None for run in (self.before, self.after))
        return before, after

    def contrast(self, name: str, *, own_error: bool) -> Contrast:
        """One statistic of both.

        :param own_error: widen the intervals by the load generator's own error, where that is not small.
        """
        runs = [(run, self.own_error_s(run, name) if own_error else 0.0) for run in (self.before, self.after)]
        before, after = (partial(_widened, run, name, error_s) for run, error_s in runs)
        return stored(before, after, better=self.after.figures.metrics[_parts(self.after, name)[0]].better)

    def own_error_s(self, run: Run, name: str) -> float:
        """By how much a time may be too long, in seconds; 0 of what is no time, and where it is at most 1 ms or 2 %."""
        metric, statistic = _parts(run, name)
        if run.figures.metrics[metric].unit is not Unit.SECOND:
            return 0.0
        error_s, value = _error_s(run, metric, statistic), _estimate(run, name, _ANY)
        return 0.0 if error_s <= max(LEAST_S, SHARE_OF_LIMIT * value) else error_s


def _error_s(run: Run, metric: str, statistic: str) -> float:
    """What the statistic is, less what it would be if each time were as short as its stamps allow."""
    measurement, loop_s = run.figures.measurement, run.certificate.stamp_p99_ns / 1e9
    if run.figures.metrics[metric].of is Of.TASKS:
        return stamp_error_s(measurement, metric, loop_s)
    values, slack = np.asarray(run.figures.samples(metric)), slack_s(measurement, metric)
    known = ~np.isnan(values)
    if slack is None or not known.any():
        return loop_s
    q = quantile_of(statistic)
    longest, shortest = (
        float(np.mean(times) if q is None else np.quantile(times, q))
        for times in (values[known], (values - slack)[known])
    )
    return KERNEL_S + longest - shortest


def _estimate(run: Run, name: str, level: float) -> Estimate:
    metric, statistic = _parts(run, name)
    return run.figures.estimate(metric, statistic or None, level)


def _parts(run: Run, name: str) -> tuple[str, str]:
    return named(name, run.figures.metrics)


def _widened(run: Run, name: str, error_s: float, level: float) -> Estimate:
    one = _estimate(run, name, level)
    ends = max(0.0, one.low - error_s) if error_s else one.low, one.high + error_s
    return Estimate(one, *ends, one.n, name=one.name, unit=one.unit, confidence=one.confidence)


def doubt(pair: Pair, found: Sequence[Compared], widened: Sequence[Compared]) -> str:
    """The first verdict that is another with the load generator's own error in the intervals; empty if none is."""
    for one, other in zip(found, widened, strict=True):
        if one.change is not other.change:
            then, now = (show(pair.own_error_s(run, one.name), Unit.SECOND) for run in (pair.before, pair.after))
            return (
                f"{one.name} is {one.change.value}, but with our own error {other.change.value}: it may be too long by "
                f"{then} in the baseline and by {now} here (0 s is small enough); use more --fmbench-workers, a lower "
                "load or another host, and measure again what is late"
            )
    return ""
