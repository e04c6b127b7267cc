"""Candidates from what sessions measured, and what is recommended of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.model.units import Unit
from pytest_fmbench.recommend import Candidate, Decision, Demand, decide
from pytest_fmbench.runs.capacities.arrivals import arrival_in
from pytest_fmbench.runs.recommending.alike import (
    differences,
    of_one_sla,
    of_one_workload,
    see_that_arrivals_are_alike,
)
from pytest_fmbench.runs.recommending.helping import what_helps
from pytest_fmbench.runs.recommending.pricing import Pricing
from pytest_fmbench.runs.recommending.reading import Session
from pytest_fmbench.runs.recommending.single import by_single_runs
from pytest_fmbench.runs.recommending.told import told
from pytest_fmbench.runs.recommending.worth import refusals, worth_of
from pytest_fmbench.spend.prices.age import old

Plain = dict[str, Any]

_LATENCIES = ("e2e_scheduled.p95", "e2e.p95", "ttft.p95")
_SCORE = "score"


@dataclass(frozen=True)
class Wishes:
    """What is asked beside the demand.

    :param sla: objectives by which deployments were searched; empty where there is but one SLA.
    :param workload: a part of its text; empty where there is but one.
    :param quality: what must hold of answers.
    """

    demand: Demand
    sla: Sequence[str] = ()
    workload: str = ""
    quality: Sequence[Objective] = ()


@dataclass(frozen=True)
class _Measured:
    """A search, or what stands for one, and the session that it is from."""

    session: Session
    found: Mapping[str, Any]


def recommended(sessions: Sequence[Session], wishes: Wishes, pricing: Pricing) -> tuple[Decision, Plain]:
    """What ``sessions`` recommend, and the same as plain values.

    :raises UsageError: where they hold nothing to decide by, or what does not compare.
    """
    measured = _chosen([*_all(sessions)], wishes)
    each = [one.found for one in measured]
    see_that_arrivals_are_alike(each)
    pricing.see_that_all_are_known(each)
    qualities = _by_deployment(sessions)
    candidates = [_candidate(one, qualities, wishes.quality, pricing) for one in measured]
    latency = _latency(each)
    quality = _figure_of(wishes.quality[0]) if wishes.quality else _SCORE
    decision = decide(candidates, wishes.demand, latency, quality)
    prices = [one.price for one in candidates if one.price is not None]
    warnings = [*differences(each), *(one["single"] for one in each if "single" in one), *old(prices)]
    return decision, {
        **told(decision, latency, quality if any(qualities.values()) else ""),
        "sla": [*each[0]["sla"]],
        "workload": each[0]["workload"],
        "sessions": [one.folder.name for one in sessions],
        "warnings": [*warnings, *_again(_all(sessions), measured)],
    }


def _all(sessions: Sequence[Session]) -> Iterator[_Measured]:
    searched = frozenset(one["deployment"] for session in sessions for one in session.capacities)
    for session in sessions:
        for found in (*session.capacities, *by_single_runs(session.cases, searched)):
            yield _Measured(session, found)


def _chosen(measured: Sequence[_Measured], wishes: Wishes) -> list[_Measured]:
    """Those of the SLA and the workload; of several of a deployment the one with most requests."""
    if not measured:
        raise UsageError(
            "there is nothing to decide by: no search for a capacity, which fmbench.capacity(...) makes in a case, and "
            "no case with an open loop and an SLA"
        )
    kept = of_one_workload(of_one_sla([one.found for one in measured], wishes.sla), wishes.workload)
    most: dict[str, _Measured] = {}
    for one in measured:
        name = one.found["deployment"]
        if any(one.found is found for found in kept) and (name not in most or _n(one) > _n(most[name])):
            most[name] = one
    return list(most.values())


def _again(measured: Iterator[_Measured], chosen: Sequence[_Measured]) -> Iterator[str]:
    """That a deployment was searched several times, alike."""
    alike = {one.found["deployment"]: (one.found["sla"], one.found["workload"]) for one in chosen}
    counts: dict[str, int] = {}
    for one in measured:
        name = one.found["deployment"]
        if alike.get(name) == (one.found["sla"], one.found["workload"]):
            counts[name] = counts.get(name, 0) + 1
    for name, count in counts.items():
        if count > 1:
            yield f"{name} was measured {count} times; the one with most requests counts"


def _n(one: _Measured) -> int:
    return int(one.found["rate"]["n"])


def _by_deployment(sessions: Sequence[Session]) -> dict[str, list[Plain]]:
    found: dict[str, list[Plain]] = {}
    for session in sessions:
        for one in session.qualities:
            found.setdefault(one["deployment"], []).append(one)
    return found


def _candidate(
    one: _Measured, qualities: Mapping[str, Sequence[Plain]], asked: Sequence[Objective], pricing: Pricing
) -> Candidate:
    found, name = one.found, one.found["deployment"]
    marks, came = qualities.get(name, ()), arrival_in(found.get("arrival"))
    held, sure = _held(found)
    return Candidate(
        name,
        _rate(found["rate"], tasks=came is not None and came.task),
        held,
        pricing.price_of(found, one.session.folder.name, one.session.begun),
        found.get("limiting") or "",
        came,
        found["why"],
        {figure: [(point["rate"], point["fitted"]) for point in curve] for figure, curve in found["curves"].items()},
        worth_of(marks),
        [*refusals(marks, asked)],
        sure,
        what_helps(found),
    )


def _rate(figure: Mapping[str, Any], *, tasks: bool) -> Estimate:
    value, low, high = figure["value"] or 0.0, figure["low"] or 0.0, figure["high"]
    ends = (value, low, math.inf if high is None else high)
    unit = Unit.TASK_RATE if tasks else Unit(figure["unit"])
    return Estimate(*ends, figure["n"], name="capacity", unit=unit, confidence=float(figure["confidence"]))


def _held(found: Mapping[str, Any]) -> tuple[float, float]:
    """The rate that replicas are counted by, and how surely it is held, one-sided.

    Searches of before it was kept have their interval's low end.
    """
    held = found.get("held")
    if held:
        return float(held["rate"] or 0.0), float(held["confidence"])
    rate = found["rate"]
    return float(rate["low"] or 0.0), (1.0 + float(rate["confidence"])) / 2.0


def _latency(measured: Sequence[Mapping[str, Any]]) -> str:
    """The first latency that is judged and known, else a usual one; empty where there is none."""

    def is_known(name: str) -> bool:
        return any(one["curves"].get(name) for one in measured)

    judged = [name for one in measured for name in one["limits"]]
    seconds = [
        name
        for name in judged
        for one in measured
        if any(point.get("unit") == Unit.SECOND.value for point in one["curves"].get(name, ()))
    ]
    return next((name for name in (*seconds, *_LATENCIES) if is_known(name)), "")


def _figure_of(objective: Objective) -> str:
    return objective.metric.partition(".")[2]
