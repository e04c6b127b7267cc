"""Deciding while a run goes on: at each look an objective passes, fails or stays open, until the run may end.

What is controlled, with ``confidence`` c and looks whenever they could be made: the probability over the whole run
that any objective fails that is kept by more than the tolerance is at most 1 - c, and so is the probability that any
passes that is missed by more than the tolerance. With truth inside the tolerance either verdict is right. All of it
holds as far as the intervals keep their own level.

A verdict once given stands, whatever later looks show: to let it change would be one more chance to err.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective, Outcome, Verdict
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.sla.judge import interval_confidence, is_counted, judge
from pytest_fmbench.stats.looks import Look, look_risk


@dataclass(frozen=True)
class Item:
    """An objective, and where its verdict stands.

    :param counted: it is about the very requests that were sent, and takes none of the risk.
    :param verdict: of the last look; None before the first.
    :param settled: the verdict stands.
    """

    objective: Objective
    counted: bool
    verdict: Verdict | None = None
    settled: bool = False

    @property
    def failed(self) -> bool:
        """As far as is known."""
        return self.verdict is not None and self.verdict.outcome is Outcome.FAIL

    def judged(self, estimate: Estimate, tolerance: float, look: Look) -> Item:
        """The same after ``look``. What is counted stands once no further request can change it."""
        verdict = judge(self.objective, estimate, tolerance=tolerance, requests=look.requests)
        decisive = {Outcome.PASS, Outcome.FAIL}
        if self.counted:  # one bad request breaks a promise of none; only a floor of the largest can still come true
            floor = self.objective.statistic == "max" and not self.objective.upper
            decisive = {Outcome.PASS if floor else Outcome.FAIL}
        settled = verdict.outcome in decisive
        if settled and look.share < 1.0:
            verdict = replace(verdict, reason=f"{verdict.reason}, with {show(look.share, Unit.SHARE)} of the budget")
        return replace(self, verdict=verdict, settled=settled)


@dataclass(frozen=True)
class Gate:
    """A case that is being decided; :func:`open_gate` makes the first, :meth:`after` the next.

    :param items: its objectives, without those per request.
    :param risk: one-sided, of each objective that an interval decides, over the whole run.
    :param tolerance: share of a limit that does not matter either way.
    :param first_fail_ends: the run ends when one objective has failed, though others are open.
    :param looks: those that were made.
    """

    items: tuple[Item, ...]
    risk: float
    tolerance: float
    first_fail_ends: bool = True
    looks: tuple[Look, ...] = ()

    def level(self, look: Look) -> float:
        """The two-sided level of the intervals that ``look``, the next one, judges by.

        :raises UsageError: for a look that sees less than the one before.
        """
        return 1.0 - 2.0 * look_risk((*self.looks, look), self.risk)

    def after(self, look: Look, estimates: Sequence[Estimate]) -> Gate:
        """The gate after ``look``.

        :param estimates: one an item, at :meth:`level`, of requests that follow each other from the first and have all
            ended. Those that happen to have ended are the fast ones.
        :raises UsageError: when the run is over, for a look out of order, or estimates too few or at another level.
        """
        if not self.go_on:
            raise UsageError("the run is over; another look would be one more chance to err")
        level = self.level(look)
        for one in estimates:
            if not math.isclose(one.confidence, level, rel_tol=0.0, abs_tol=1e-9):
                raise UsageError(f"{one!r} is at the level {one.confidence}, and this look judges at {level}")
        return replace(self._with(estimates, look, lambda item: not item.settled), looks=(*self.looks, look))

    def ended(self, estimates: Sequence[Estimate], requests: int) -> Gate:
        """The gate when the run has ended: what is counted is counted among all ``requests``, the rest stands."""
        return self._with(estimates, Look(requests, 1.0), lambda item: item.counted)

    @property
    def go_on(self) -> bool:
        """Whether to go on: there is budget left, and something open that an interval may decide.

        What is counted holds no run up, unless there is nothing else: then it is counted to the end of the budget.
        """
        over = bool(self.looks) and self.looks[-1].share >= 1.0
        if over or (self.first_fail_ends and any(item.settled and item.failed for item in self.items)):
            return False
        waited_for = [item for item in self.items if not item.counted] or self.items
        return not waited_for or not all(item.settled for item in waited_for)

    @property
    def outcome(self) -> Outcome:
        """Of the case, once the run is over: it fails when an objective does, and passes when all do."""
        outcomes = {item.verdict.outcome if item.verdict else Outcome.INCONCLUSIVE for item in self.items}
        return next((one for one in (Outcome.FAIL, Outcome.INCONCLUSIVE) if one in outcomes), Outcome.PASS)

    def _with(self, estimates: Sequence[Estimate], look: Look, judges: Callable[[Item], bool]) -> Gate:
        if len(estimates) != len(self.items):
            raise UsageError(f"{len(self.items)} objectives take as many estimates, here are {len(estimates)}")
        pairs = zip(self.items, estimates, strict=True)
        items = (item.judged(one, self.tolerance, look) if judges(item) else item for item, one in pairs)
        return replace(self, items=tuple(items))


def open_gate(
    objectives: Sequence[Objective],
    unit_of: Callable[[str], Unit],
    *,
    confidence: float = 0.95,
    tolerance: float = 0.05,
    judged_runs: int = 1,
    first_fail_ends: bool = True,
) -> Gate:
    """The gate of a case before its run: each objective that an interval decides gets the same part of the risk.

    Formula: (1 - confidence) / (objectives * judged_runs), each way.

    :param unit_of: the unit of a metric, by its name.
    :raises UsageError: for ``confidence`` outside (0.5, 1).
    """
    items = tuple(Item(one, is_counted(one, unit_of(one.metric))) for one in objectives if not one.per_request)
    weighed = sum(not item.counted for item in items)
    level = interval_confidence(confidence, max(1, weighed) * judged_runs)
    return Gate(items, (1.0 - level) / 2.0, tolerance, first_fail_ends)
