"""What can be known of a verdict before anything is measured."""

from __future__ import annotations

from pytest_fmbench.model.objective import Objective
from pytest_fmbench.sla.statistic import quantile_of
from pytest_fmbench.stats import minimum_samples


def undecidable(objective: Objective, requests: int, confidence: float) -> str | None:
    """Why ``requests`` samples can never let a percentile pass, or None if they can, or it is no percentile.

    :param requests: samples of the metric: of one pooled over gaps, the number of gaps.
    :param confidence: two-sided level of the interval, from :func:`~pytest_fmbench.sla.judge.interval_confidence`.
    :raises UsageError: for ``confidence`` outside (0, 1).
    """
    q = quantile_of(objective.statistic)
    if q is None:
        return None
    needed = minimum_samples(q if objective.upper else 1.0 - q, confidence)
    if requests >= needed:
        return None
    return (
        f"{objective.text!r} cannot pass with {requests:,} samples: "
        f"to bound {objective.statistic} at this confidence takes {needed:,} or more"
    )
