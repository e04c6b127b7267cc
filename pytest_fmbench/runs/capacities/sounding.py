"""About how much a server takes, found in seconds: the rate at which a search begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_fmbench.load.arrivals import Closed, Load
from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.runs.capacities.probes import Wanted
from pytest_fmbench.runs.run import Run
from pytest_fmbench.stats.capacity import Budget, Probe

Measure = Callable[[Load, Probe, str], tuple[Run, float]]
"""Measures a probe, under a name; the run, and how many seconds it took."""

_MORE_USERS, _MOST_USERS = 4, 256
_EACH = 3
"""Requests of each user."""
_GAIN = 1.25
"""Over the rate of fewer users, below which more of them only wait for each other."""
_OF_BUDGET = 0.05
_BELOW = 0.8
"""Of the rate of users who wait for each other, what a search begins at: an open loop has queues there."""


@dataclass(frozen=True)
class Sounded:
    """What was found.

    :param rate: to begin at, in requests a second.
    :param requests: that were sent, with ``seconds`` that it took.
    """

    rate: float
    requests: int = 0
    seconds: float = 0.0


def sounded(wanted: Wanted, alone: Run, measure: Measure, budget: Budget) -> Sounded:
    """Ask with four times as many users, again and again, for as long as that brings more replies a second.

    A server that batches bears a hundred times what one user asks; to get there by rates would take ten probes. It ends
    where a step surely breaks an objective, would take more than a twentieth of the budget, or our own error is too
    large. Nothing that it finds is evidence of the capacity.
    """
    rate, users, requests, seconds = float(alone.request_rate), 1, 0, 0.0
    while users < _MOST_USERS:
        users *= _MORE_USERS
        if users * _EACH > _OF_BUDGET * budget.without(requests, seconds).left((), rate):
            break
        run, took = measure(Closed(users), Probe(0.0, users * _EACH, 1), f"{wanted.name}, {users} users")
        requests, seconds, before = requests + run.requests.num_rows, seconds + took, rate
        if wanted.late(run) is not None or _surely_breaks(wanted, run):
            break
        rate = max(rate, float(run.request_rate))
        if rate < _GAIN * before:
            break
    return Sounded(_BELOW * rate if requests else rate, requests, seconds)


def _surely_breaks(wanted: Wanted, run: Run) -> bool:
    return any(verdict.outcome is Outcome.FAIL for verdict in wanted.probed(0.0, run).verdicts)
