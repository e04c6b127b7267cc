"""Estimates with intervals that do not assume independent samples. Pure numpy.

Every function takes samples *in order of sending* and returns an :class:`~pytest_fmbench.model.estimate.Estimate`;
``confidence`` is the two-sided level, half of the risk on each side. No samples give NaN in ``(-inf, inf)``;
samples that are not finite are a :class:`~pytest_fmbench.errors.UsageError`, and so are ``q`` and ``confidence``
outside (0, 1).

Method: the run is cut into five batches of consecutive samples. Where requests queue behind each other, batch
means differ by more than independent samples would, and Student's t with 4 degrees of freedom turns that into
an interval. No interval of requests is narrower than the one that independent samples would have. Fewer than
two samples a batch say nothing: ten requests is the least for a bounded interval.

Limits, measured on an M/M/8 queue (exact theory as truth, 1,000 runs of 10,000 requests, nominal 0.95):

    load   mean   p50    p95    p99    share   mean, taking requests for independent
    0.5    0.97   0.98   0.98   0.97   0.98    0.93
    0.8    0.93   0.95   0.91   0.92   0.90    0.33
    0.9    0.89   0.93   0.86   0.74   0.80    0.12

Batches must be long against the time in which the server forgets. At load 0.9 those 10,000 requests hold some
fifteen independent stretches, and no method makes much of them: run longer there.
"""

from pytest_fmbench.stats.means import mean, ratio
from pytest_fmbench.stats.proportions import proportion
from pytest_fmbench.stats.quantiles import maximum, minimum_samples, quantile

__all__ = ["maximum", "mean", "minimum_samples", "proportion", "quantile", "ratio"]
