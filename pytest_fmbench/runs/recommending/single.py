"""Deployments of which single rates were measured and no capacity was searched for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.objective import Outcome
from pytest_fmbench.model.units import Unit, show

Plain = dict[str, Any]

_PASS = Outcome.PASS.value


def by_single_runs(cases: Sequence[Mapping[str, Any]], searched: frozenset[str]) -> Iterator[Plain]:
    """Of each deployment that is not ``searched``, what its open-loop cases say, in the form of a search.

    Its capacity is the highest rate that passed below the lowest that did not; where all passed nothing bounds it
    above. Users who ask again after each reply tell no rate that more users would bring, so closed loops say nothing.
    """
    groups: dict[tuple[str, str, tuple[str, ...]], list[Mapping[str, Any]]] = {}
    for one in cases:
        if one.get("open_loop") and one["deployment"] not in searched and _rate(one):
            groups.setdefault((one["deployment"], one["workload"], tuple(one["sla"])), []).append(one)
    for (deployment, workload, sla), each in groups.items():
        yield _as_search(deployment, workload, sla, sorted(each, key=_rate))


def _as_search(deployment: str, workload: str, sla: Sequence[str], each: Sequence[Mapping[str, Any]]) -> Plain:
    broken = [one for one in each if _missed(one)]
    high = min((_rate(one) for one in broken), default=math.inf)
    kept = [_rate(one) for one in each if not _missed(one) and _rate(one) < high]
    low = max(kept, default=0.0)
    limiting = _missed(broken[0])[0] if broken else None
    many = f"{len(each)} rate{'s were' if len(each) > 1 else ' was'} measured and no capacity searched for"
    found: Plain = {
        "deployment": deployment,
        "workload": workload,
        "sla": [*sla],
        "rate": {"value": low, "low": low, "high": high if math.isfinite(high) else None, "n": 0}
        | {"unit": Unit.REQUEST_RATE.value, "confidence": each[0].get("confidence", 0.95)},
        "held": {"rate": low, "confidence": each[0].get("confidence", 0.95)},
        "limiting": limiting and limiting["objective"],
        "why": many if low else f"{many}; {_told(limiting)}",
        "curves": _curves(each),
        "limits": {},
        "single": f"{deployment}: {many}: it holds {show(low, Unit.REQUEST_RATE)} at the confidence of a verdict, and "
        "may hold more; fmbench.capacity searches",
        "conditions": each[0].get("conditions") or {},
    }
    return found | ({"tariff": each[0]["tariff"]} if each[0].get("tariff") else {})


def _missed(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in case["verdicts"] if one["outcome"] != _PASS]


def _told(verdict: Mapping[str, Any] | None) -> str:
    return "" if verdict is None else f"{verdict['objective']}: {verdict['reason']}"


def _curves(each: Sequence[Mapping[str, Any]]) -> dict[str, list[Plain]]:
    names = dict.fromkeys(name for one in each for name in one["figures"])
    return {
        name: [
            {"rate": _rate(one), "value": value, "fitted": value}
            for one in each
            if (value := one["figures"].get(name, {}).get("value")) is not None
        ]
        for name in names
    }


def _rate(case: Mapping[str, Any]) -> float:
    return float(case["figures"].get("request_rate", {}).get("value") or 0.0)
