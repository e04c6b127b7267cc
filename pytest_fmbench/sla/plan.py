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
    needed = least_samples(objective, confidence)
    if needed is None or requests >= needed:
        return None
    return (
        f"{objective.text!r} cannot pass with {requests:,} samples: "
        f"to bound {objective.statistic} at this confidence takes {needed:,} or more"
    )


def least_samples(objective: Objective, confidence: float) -> int | None:
    """The fewest samples that can let a percentile pass; None if it is no percentile. Parameters as above.

    :raises UsageError: for ``confidence`` outside (0, 1).
    """
    q = quantile_of(objective.statistic)
    return None if q is None else minimum_samples(q if objective.upper else 1.0 - q, confidence)
