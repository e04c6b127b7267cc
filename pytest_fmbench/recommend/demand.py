"""What must be served, and within what."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError

_MOST = 1e12
"""Arrivals a second beyond which no replicas are counted."""


@dataclass(frozen=True)
class Demand:
    """What must be served.

    :param peak: arrivals a second when most come.
    :param mean: arrivals a second over all hours, which is what tokens are paid for; None is as many as at the peak.
    :param headroom: what is planned beyond the peak, as a share of it.
    :param redundancy: replicas that may be lost at the peak.
    :param budget_usd_per_hour: at most; None is any.
    :param max_replicas: more are not to be had.
    :raises UsageError: for a number that makes no sense.
    """

    peak: float
    mean: float | None = None
    headroom: float = 0.2
    redundancy: int = 0
    budget_usd_per_hour: float | None = None
    max_replicas: int = 1_000

    def __post_init__(self) -> None:
        if not 0.0 < self.peak < math.inf:
            raise UsageError(f"a peak of {self.peak:g} req/s: that takes no deployment; give a rate above 0")
        if self.mean is not None and not 0.0 < self.mean <= self.peak:
            raise UsageError(f"a mean of {self.mean:g} req/s: give a rate above 0, and not above the peak")
        if not 0.0 <= self.headroom < math.inf:
            raise UsageError(f"a headroom of {self.headroom:.0%}: give a share of the peak from 0%, as 20%")
        if not self.planned <= _MOST:
            raise UsageError(
                f"a peak of {self.peak:.3g} req/s and {self.headroom:.3g} times as much to spare are beyond any fleet; "
                f"{_MOST:g} req/s are the most that is counted"
            )
        if self.redundancy < 0:
            raise UsageError(f"a redundancy of {self.redundancy}: give the replicas that may be lost, from 0")
        if self.budget_usd_per_hour is not None and not 0.0 < self.budget_usd_per_hour < math.inf:
            raise UsageError(f"a budget of {self.budget_usd_per_hour:g} USD/h: give a positive number of dollars")
        if self.max_replicas < 1:
            raise UsageError(f"at most {self.max_replicas} replicas: give a whole number from 1")

    @property
    def planned(self) -> float:
        """Arrivals a second that replicas are counted for: peak x (1 + headroom)."""
        return self.peak * (1.0 + self.headroom)

    @property
    def paid(self) -> float:
        """Arrivals a second whose tokens are paid for."""
        return self.peak if self.mean is None else self.mean
