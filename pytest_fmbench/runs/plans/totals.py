"""What all that is planned takes together. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.runs.plans.plan import Plan
from pytest_fmbench.runs.tenancy.estimate import expected_usd

FIRST_ONLY = "a case is planned up to its first measurement; whether it measures more, and what, is not known"
AT_MOST = "at most: with all that is waited for replies, after each window and, by users of a closed loop, before it"
STARTS = "the start of servers is not included, since no session records it, and neither is the fetching of models"
IN_TURN = "minutes are those of one case after another, also under -n"


def total_of(plans: Sequence[Mapping[str, Any]], *, in_parallel: bool) -> Plan:
    """Minutes and dollars of all cases, one after another.

    :param in_parallel: several workers share the cases.
    """
    known = [plan for plan in plans if plan["kind"] != "unknown"]
    expected = [plan["minutes"]["expected"] for plan in known if plan["minutes"]["expected"] is not None]
    costs = [plan["usd"] for plan in known]
    ours = [cost for cost in costs if cost["ours"]]
    notes = [FIRST_ONLY, AT_MOST, *([STARTS] if ours else []), *([IN_TURN] if in_parallel else [])]
    return {
        "cases": len(plans),
        "planned": len(known),
        "minutes": {
            "expected": sum(expected),
            "expected_of": len(expected),
            "at_most": sum(plan["minutes"]["at_most"] for plan in known),
        },
        "usd": {
            "ours": len(ours),
            "not_ours": len(costs) - len(ours),
            **{name: _sum(cost[name] for cost in ours) for name in ("expected", "at_most")},
        },
        "notes": notes,
    }


def _sum(values: Iterable[float | None]) -> float | None:
    """None where one of them is not known."""
    found = list(values)
    known = [value for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None


def created_of(plans: Sequence[Mapping[str, Any]], duration_s: float) -> list[Plan]:
    """What would be made and paid by the hour, each once: its price, and what of the budget is kept for it.

    :param duration_s: of a window.
    """
    rates = {name: rate for plan in plans for name, rate in plan.get("hourly", {}).items()}
    said = {name: by for plan in plans for name, by in plan.get("priced_by", {}).items()}
    cases = Counter(name for plan in plans for name in plan.get("hourly", {}))
    return [
        {
            "deployment": name,
            "usd_per_hour": rate,
            "priced_by": said.get(name, ""),
            "cases": cases[name],
            "usd": expected_usd(rate, cases[name], duration_s),
        }
        for name, rate in rates.items()
    ]
