"""What can be seen to be wrong with a question before anything is asked."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fmbench.errors import UsageError
from pytest_fmbench.metrics.base import Kind, Metric
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.registry import Registry
from pytest_fmbench.sla import interval_confidence, undecidable


def see_that_it_can_be_judged(
    requests: int | None, objectives: Sequence[Objective], metrics: Registry[Metric], confidence: float
) -> None:
    """See that a window of ``requests`` can let every percentile pass; None is as many as there will be.

    :param confidence: of a case, one-sided each way.
    :raises UsageError: for a percentile that so few requests never bound.
    """
    weighed = [one for one in objectives if not one.per_request]
    level = interval_confidence(confidence, max(1, len(weighed)))
    for one in weighed:
        if requests is None or metrics[one.metric].kind is not Kind.REQUEST:
            continue  # how many samples there will be is not known
        problem = undecidable(one, requests, level)
        if problem:
            raise UsageError(problem)


def seconds_of(warmup: float | str) -> float | None:
    """A warm-up in seconds; None for ``"auto"``.

    :raises UsageError: for any other text.
    """
    if warmup == "auto":
        return None
    if isinstance(warmup, str):
        raise UsageError(f"warmup={warmup!r}: give seconds, or 'auto'")
    return warmup
