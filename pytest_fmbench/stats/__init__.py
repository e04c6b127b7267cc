"""Estimates with intervals that do not assume independent samples. Pure numpy.

Every function takes samples *in order of sending* and returns an :class:`~pytest_fmbench.model.estimate.Estimate`;
``confidence`` is the two-sided level, half of the risk on each side. No samples give NaN in ``(-inf, inf)``;
samples that are not finite are a :class:`~pytest_fmbench.errors.UsageError`, and so are ``q`` and ``confidence``
outside (0, 1).

Method: quantiles measure how long the run's own samples stay correlated, and widen by it; where a run holds too few
independent stretches, their upper end is infinite. Means, shares and rates are cut into five batches of consecutive
samples, whose spread, by Student's t with 4 degrees of freedom, is the interval. No interval of requests is narrower
than the one that independent samples would have. Ten requests are the least for a bounded interval.

Limits: docs/statistics.md has the coverage of quantiles and shares. Five batches covered the mean latency of an M/M/8
queue (1,000 runs of 10,000 requests, nominal 0.95) in 0.97 / 0.93 / 0.89 at load 0.5 / 0.8 / 0.9, and a share in
0.98 / 0.90 / 0.80: near saturation, run longer.
"""

from pytest_fmbench.stats.means import mean, ratio
from pytest_fmbench.stats.proportions import proportion
from pytest_fmbench.stats.quantiles import maximum, minimum_samples, quantile

__all__ = ["maximum", "mean", "minimum_samples", "proportion", "quantile", "ratio"]
