"""How many more requests a verdict would take."""

from __future__ import annotations

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.sla.statistic import quantile_of
from pytest_fmbench.stats.power import more_needed


def more_requests(objective: Objective, estimate: Estimate, tolerance: float, requests: int) -> str:
    """What it takes to decide, for people: ``about 340 more requests would decide``."""
    q = quantile_of(objective.statistic)
    return more_needed(estimate, objective.limit, tolerance=tolerance, q=q, requests=requests).why
