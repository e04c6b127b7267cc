"""Numbers with intervals, of a measurement: every metric, every statistic, computed when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pytest_fmbench import stats
from pytest_fmbench.errors import UnknownName, UsageError
from pytest_fmbench.metrics.base import Metric, Samples
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.measurement import Measurement
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.model.samples import Floats, Rate, Share
from pytest_fmbench.sla import quantile_of

STATISTICS = ("mean", "p50", "p90", "p95", "p99", "max")
"""Those that reports list; any other percentile can be asked for."""

HELD = 1 << 22
"""Samples of all metrics together that are kept for what is asked next. Beyond, they go before others are computed."""


@dataclass
class Figures:
    """Estimates of one measurement.

    :param confidence: two-sided level of the intervals, unless another is asked for.
    """

    measurement: Measurement
    metrics: Registry[Metric]
    confidence: float = 0.95
    _samples: dict[str, Samples] = field(default_factory=dict)
    _prepared: dict[str, stats.Prepared] = field(default_factory=dict)

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
        samples = self.samples(metric)
        name = metric if statistic is None else f"{metric}.{statistic}"
        if isinstance(samples, Share):
            return stats.proportion(samples.flags, along=samples.along, confidence=level, name=name, unit=declared.unit)
        if isinstance(samples, Rate):
            return stats.ratio(samples.amounts, samples.seconds, confidence=level, name=name, unit=declared.unit)
        return self._summary(self._prepared_of(metric, samples), statistic or "", declared, name, level)

    def samples(self, metric: str) -> Samples:
        """A metric's samples, in order of sending."""
        if metric not in self._samples:
            if sum(map(_size, self._samples.values())) > HELD:
                self._samples.clear()
                self._prepared.clear()
            self._samples[metric] = self.metrics[metric].compute(self.measurement)
        return self._samples[metric]

    def _prepared_of(self, metric: str, samples: Floats) -> stats.Prepared:
        """What the metric's statistics have in common; sorting many samples takes longer than all else."""
        if metric not in self._prepared:
            missing = np.isnan(samples)
            self._prepared[metric] = stats.prepare(samples[~missing] if missing.any() else samples)
        return self._prepared[metric]

    def _summary(self, values: stats.Prepared, statistic: str, declared: Metric, name: str, level: float) -> Estimate:
        if statistic == "mean":
            return stats.mean(values, confidence=level, name=name, unit=declared.unit)
        if statistic == "max":
            return stats.maximum(values, confidence=level, name=name, unit=declared.unit)
        q = quantile_of(statistic)
        if q is None:
            raise UnknownName("statistic", statistic, STATISTICS)
        return stats.quantile(values, q, confidence=level, name=name, unit=declared.unit)


def _size(samples: Samples) -> int:
    if isinstance(samples, Rate):
        return samples.amounts.size
    return samples.flags.size if isinstance(samples, Share) else samples.size
