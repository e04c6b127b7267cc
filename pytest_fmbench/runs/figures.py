"""Numbers with intervals, of a measurement: every metric, every statistic, computed when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.metrics.base import Metric, Samples
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.runs.over_rounds import Gathered, Label, gathered, joined, over_rounds
from pytest_fmbench.sla import quantile_of
from pytest_fmbench.stats.boxes import Box, box

STATISTICS = ("mean", "p50", "p90", "p95", "p99", "max")
"""Those that reports list; any other percentile can be asked for."""

HELD = 1 << 22
"""Samples of all metrics together that are kept for what is asked next. Beyond, they go before others are computed."""


@dataclass
class Figures:
    """Estimates of one measurement; where it has rounds, each is of all of them together.

    :param confidence: two-sided level of the intervals, unless another is asked for.
    """

    measurement: Measurement
    metrics: Registry[Metric]
    confidence: float = 0.95
    _samples: dict[str, Samples] = field(default_factory=dict)
    _prepared: dict[str, stats.Prepared] = field(default_factory=dict)
    _gathered: dict[str, Gathered] = field(default_factory=dict)

    @cached_property
    def rounds(self) -> tuple[Figures, ...]:
        """Those of each round alone; empty where the measurement has none."""
        parts = self.measurement.parts if self.measurement.rounds else ()
        return tuple(Figures(part, self.metrics, self.confidence) for part in parts)

    def estimate(self, metric: str, statistic: str | None = None, confidence: float | None = None) -> Estimate:
        """A metric, summarised.

        :raises UnknownName: for a metric or statistic that there is not.
        :raises UsageError: for a statistic of a metric that is one number, or none of one that is many.
        """
        declared = self.metrics[metric]
        level = self.confidence if confidence is None else confidence
        if declared.kind.takes_statistic != (statistic is not None):
            wanted = f"needs a statistic, such as {metric}.p95" if statistic is None else "is one number, without any"
            raise UsageError(f"metric {metric!r} {wanted}")
        name = metric if statistic is None else f"{metric}.{statistic}"
        label, q = Label(confidence=level, name=name, unit=declared.unit), _quantile(statistic)
        found = self._found(metric, statistic, q, label)
        return found if declared.needs else found.from_zero()  # what was sampled may be anything

    def samples(self, metric: str) -> Samples:
        """A metric's samples, in order of sending."""
        if metric not in self._samples:
            if sum(map(_size, self._samples.values())) > HELD:
                self._samples.clear()
                self._prepared.clear()
                self._gathered.clear()
            each = [one.samples(metric) for one in self.rounds]
            self._samples[metric] = joined(each) if each else self.metrics[metric].compute(self.measurement)
        return self._samples[metric]

    def box(self, metric: str) -> Box | None:
        """How the samples of a metric of many values are spread, those of all rounds together; None where none is.

        :raises UsageError: of a metric that is one number.
        """
        samples = self.samples(metric)
        if isinstance(samples, (Share, Rate)):
            raise UsageError(f"metric {metric!r} is one number, which has no spread")
        return box(self._prepared_of(metric, samples))

    def _found(self, metric: str, statistic: str | None, q: float | None, label: Label) -> Estimate:
        if self.rounds:
            return over_rounds(self._gathered_of(metric), statistic, q, label)
        samples = self.samples(metric)
        if isinstance(samples, Share):
            return stats.proportion(samples.flags, along=samples.along, **label)
        if isinstance(samples, Rate):
            return stats.ratio(samples.amounts, samples.seconds, **label)
        values = self._prepared_of(metric, samples)
        if q is not None:
            return stats.quantile(values, q, **label)
        return stats.mean(values, **label) if statistic == "mean" else stats.maximum(values, **label)

    def _prepared_of(self, metric: str, samples: Floats) -> stats.Prepared:
        """What the metric's statistics have in common; sorting many samples takes longer than all else."""
        if metric not in self._prepared:
            missing = np.isnan(samples)
            self._prepared[metric] = stats.prepare(samples[~missing] if missing.any() else samples)
        return self._prepared[metric]

    def _gathered_of(self, metric: str) -> Gathered:
        if metric not in self._gathered:
            self._gathered[metric] = gathered([one.samples(metric) for one in self.rounds])
        return self._gathered[metric]


def _quantile(statistic: str | None) -> float | None:
    """Which one it is; None for what is none.

    :raises UnknownName: for a statistic that there is not.
    """
    q = quantile_of(statistic)
    if q is None and statistic not in (None, "mean", "max"):
        raise UnknownName("statistic", statistic or "", STATISTICS)
    return q


def _size(samples: Samples) -> int:
    if isinstance(samples, Rate):
        return samples.amounts.size
    return samples.flags.size if isinstance(samples, Share) else samples.size
