"""What all that is planned takes together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.runs.planning import Plan

FIRST_ONLY = "a case is planned up to its first measurement; whether it measures more, and what, is not known"
_STARTS = "the start of servers is not in it, since no session records it, and neither is the fetching of models"
_IN_TURN = "minutes are those of one case after another, also under -n"


def total_of(plans: Sequence[Mapping[str, Any]], *, in_parallel: bool) -> Plan:
    """Minutes and dollars of all cases, one after another.

    A sum is None where a part of it is not known; ``not_known`` counts the cases of which nothing is.

    :param in_parallel: several workers share the cases.
    """
    known = [plan for plan in plans if plan["kind"] != "unknown"]
    costs = [plan["usd"] for plan in known]
    ours = [cost for cost in costs if cost["ours"]]
    notes = [FIRST_ONLY, *([_STARTS] if ours else []), *([_IN_TURN] if in_parallel else [])]
    return {
        "cases": len(plans),
        "not_known": len(plans) - len(known),
        "minutes": {name: _sum(plan["minutes"][name] for plan in known) for name in ("expected", "at_most")},
        "usd": {
            "ours": len(ours) == len(costs),
            **{name: _sum(cost[name] for cost in ours) for name in ("expected", "at_most")},
        },
        "notes": notes,
    }


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None
