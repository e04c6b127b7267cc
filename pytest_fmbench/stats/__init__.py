"""Estimates with intervals that do not assume independent samples. Pure numpy.

Every function takes samples *in order of sending* and returns an :class:`~pytest_fmbench.model.estimate.Estimate`;
``confidence`` is the two-sided level, half of the risk on each side. No samples give NaN in ``(-inf, inf)``;
samples that are not finite are a :class:`~pytest_fmbench.errors.UsageError`, and so are ``q`` and ``confidence``
outside (0, 1). :func:`prepare` makes many statistics of the same samples cheap. :mod:`~pytest_fmbench.stats.rounds` has
the same functions for samples of several independent rounds.

Method: how long the run's own samples stay correlated sets the width; where a run holds too few independent stretches,
the end that a calm run would hide is not bounded (inf, or 0 or 1 of a share). Rates are cut into five batches of
consecutive slices. No interval of requests is narrower than the one that independent samples would have. Ten requests
are the least for a bounded interval.

Limits: docs/statistics.md has the coverage of every kind, over queues of many shapes.
"""

from pytest_fmbench.stats.means import mean, ratio
from pytest_fmbench.stats.prepared import Prepared, prepare
from pytest_fmbench.stats.proportions import proportion
from pytest_fmbench.stats.quantiles import maximum, minimum_samples, quantile

__all__ = ["Prepared", "maximum", "mean", "minimum_samples", "prepare", "proportion", "quantile", "ratio"]
