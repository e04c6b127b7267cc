"""When a run is expected to be decided, should the server do as it did in an earlier run. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.runs.plans.past import Past
from pytest_fmbench.runs.verdicts.sequential import Judged, Strictness
from pytest_fmbench.sla import Gate, quantile_of
from pytest_fmbench.sla.deciding import Item
from pytest_fmbench.stats.looks import FIRST, GROWTH, Look, look_risk
from pytest_fmbench.stats.power import more_needed


@dataclass(frozen=True)
class Foreseen:
    """What is expected of one objective.

    :param requests: that it takes until it is decided; None where no number can be given.
    :param why: the same, or why there is none, for people.
    """

    requests: int | None
    why: str


COUNTED = Foreseen(None, "counted among all requests of the window")


@dataclass(frozen=True)
class Outlook:
    """What is expected of a run.

    :param requests: at which its window ends.
    :param objectives: one of each that has a verdict, in their order.
    """

    requests: int
    objectives: tuple[Foreseen, ...]


def looks_to_come(budget: int, *, sequential: bool) -> tuple[Look, ...]:
    """The looks at a window of ``budget`` requests, as a run makes them while it goes on, and the one at its end."""
    sizes, size = list[int](), FIRST
    while sequential and size < budget:
        sizes.append(size)
        size = math.ceil(size * GROWTH)
    return (*(Look(one, one / budget) for one in sizes), Look(budget, 1.0))


def last_level(gate: Gate, looks: Sequence[Look]) -> float:
    """The two-sided level of the last of ``looks``, if all of them are made; without any, that of a look alone."""
    return 1.0 - 2.0 * (look_risk(looks, gate.risk) if looks else gate.risk)


def foresee(judged: Judged, strictness: Strictness, past: Past, looks: Sequence[Look]) -> Outlook:
    """Go through ``looks`` with the requests of ``past``, as far as they reach, and reckon on from there.

    An objective that they leave open is expected to take as many as :func:`~pytest_fmbench.stats.power.more_needed`
    says, at the level of the last look.
    """
    gate, decided = judged.gate(strictness), dict[int, Foreseen]()
    for nth, look in enumerate(looks):
        if look.requests > past.requests or not gate.go_on:
            break
        figures = judged.figures(past.measurement.requests, past.first(look.requests), past.measurement.tasks)
        after = judged.after(gate, look, figures)
        for place, (before, now) in enumerate(zip(gate.items, after.items, strict=True)):
            if now.settled and not before.settled:
                decided[place] = Foreseen(look.requests, _told(now, nth, looks))
        gate = after
    level, run = last_level(gate, looks), past.measurement
    whole = judged.figures(run.requests, run.window, run.tasks)
    estimates = judged.estimates(gate, whole, level)
    foreseen = tuple(
        decided.get(place) or _reckoned(item, estimate, strictness, past.requests, looks[-1].requests)
        for place, (item, estimate) in enumerate(zip(gate.items, estimates, strict=True))
    )
    return Outlook(_end(gate, foreseen, looks), foreseen)


def _told(item: Item, nth: int, looks: Sequence[Look]) -> str:
    outcome = item.verdict.outcome.value if item.verdict else ""
    place = (
        "the end" if nth + 1 == len(looks) else "the first look" if nth == 0 else f"the look at {looks[nth].requests:,}"
    )
    return f"{outcome} at {place}"


def _reckoned(item: Item, estimate: Estimate, strictness: Strictness, requests: int, budget: int) -> Foreseen:
    """That of an objective which the earlier run leaves open."""
    objective = item.objective
    if item.counted:
        return COUNTED
    q = quantile_of(objective.statistic)
    need = more_needed(estimate, objective.limit, tolerance=strictness.tolerance, q=q, requests=requests)
    if need.more is None:
        return Foreseen(None, need.why)
    total = requests + need.more
    if total > budget:
        return Foreseen(total, f"not within {budget:,} requests: let the window hold more")
    return Foreseen(total, f"{need.more:,} more than the earlier run" if need.more else "as many as the earlier run")


def _end(gate: Gate, foreseen: Sequence[Foreseen], looks: Sequence[Look]) -> int:
    """At how many requests the window ends: at the look that decides, or at the last one."""
    if gate.looks and not gate.go_on:
        return gate.looks[-1].requests
    awaited = [one.requests for item, one in zip(gate.items, foreseen, strict=True) if not item.counted]
    budget = looks[-1].requests
    most = max((math.inf if one is None else one for one in awaited), default=math.inf)
    return next((look.requests for look in looks if look.requests >= most), budget)
