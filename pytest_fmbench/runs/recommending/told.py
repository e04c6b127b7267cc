"""A recommendation as plain values: what ``recommendation.json`` holds, and reports are made of.

| key | what it is |
|---|---|
| ``answer`` | the recommendation, or that there is none, in sentences |
| ``unit`` | of rates: ``req/s``, or ``tasks/s`` where agents or conversations were asked |
| ``demand`` | ``peak``, ``mean`` or null, ``headroom``, ``redundancy``, ``budget_usd_per_hour``, ``max_replicas`` |
| ``sla``, ``workload`` | texts of the objectives that all deployments were searched by; what was asked |
| ``sessions`` | names of those that were read |
| ``recommended`` | a *fleet*; null where no deployment would do |
| ``runners_up`` | fleets that would do too, by cost |
| ``refused`` | of each other deployment: ``deployment``, ``why``, ``helps`` |
| ``ties`` | deployments of runners-up that may be as cheap |
| ``pareto`` | ``front``: deployments that no other beats; ``latency`` and ``quality``: the figures beside the cost |
| ``break_even`` | of each paid by the token: ``hourly``, ``by_the_token``, ``per_hour``, ``of_peak``, ``told`` |
| ``assumptions``, ``warnings`` | sentences |

A *fleet*: ``deployment``, ``replicas``, ``redundancy``, ``needed`` (replicas at the best guess of the capacity and at
its ends), ``usd_per_hour``, ``usd_per_month``, ``price`` (``told``, ``source``, ``date``), ``capacity`` of one replica,
``held`` (the rate that replicas are counted by) and ``held_at`` (how surely it is held), ``utilization`` at the peak,
``cost`` (by name, as ``cost_per_1m_output_tokens``, at the highest rate that holds the SLA), ``breaks_first``
(``objective``, ``at``), ``with_fewer`` (what holds once ``redundancy`` replicas, or one, are lost), ``latency`` and
``quality`` at the peak, ``chance`` that it is truly the cheapest, ``why`` it lost (runners-up), ``tie``.

A figure is ``value``, ``low``, ``high``, ``n``, ``unit`` as everywhere; an end that is not known is null.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from pytest_fmbench.model.estimate import Estimate
from pytest_fmbench.model.price import HOURS_A_MONTH, Price, TokenPrice
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.recommend import BreakEven, Decision, Fleet, Ranked
from pytest_fmbench.recommend.chances import TIE

Plain = dict[str, Any]

ASSUMPTIONS = (
    "n replicas behind a load balancer hold n times the rate of one: exact where arrivals are Poisson and each goes to "
    "a replica by chance",
    "each replica is as fast as the one that was measured, and arrivals at the peak are as steady as those of a probe",
    "tokens of a request are as many as were measured; of prices only those that are shown are counted",
)


def told(decision: Decision, latency: str, quality: str) -> Plain:
    """``decision`` as plain values, without what it was made from."""
    fleets = [_fleet(one, decision, latency, quality) for one in decision.ranked]
    return {
        "answer": answer(decision),
        "demand": asdict(decision.demand),
        "unit": _unit(decision).value,
        "recommended": fleets[0] if fleets else None,
        "runners_up": fleets[1:],
        "refused": [{"deployment": one.name, "why": one.why, "helps": one.helps} for one in decision.refused],
        "ties": [one.fleet.name for one in decision.ties],
        "pareto": {"front": list(decision.front), "latency": latency, "quality": quality},
        "break_even": [_break_even(one) for one in decision.break_evens],
        "assumptions": list(ASSUMPTIONS),
    }


def _unit(decision: Decision) -> Unit:
    """Of rates; all deployments were asked the same."""
    return decision.best.candidate.unit if decision.best is not None else Unit.REQUEST_RATE


def answer(decision: Decision) -> str:
    """What is recommended, in sentences."""
    best = decision.best
    if best is None:
        return "No deployment would do: " + "; ".join(_short(one.name, one.why) for one in decision.refused)
    return " ".join(_sentences(best, decision))


def _short(name: str, why: str) -> str:
    return f"{name}: {why}"


def _sentences(best: Fleet, decision: Decision) -> Iterator[str]:
    demand, unit = decision.demand, best.candidate.unit
    if best.by_the_token:
        yield f"{best.name}, paid by the token: {best.usd_per_hour:.4g} USD/h at {show(demand.paid, unit)}."
    else:
        spare = f", {demand.redundancy} of them to spare" if demand.redundancy else ""
        yield (
            f"{best.replicas} x {best.name}{spare}: {best.usd_per_hour:.4g} USD/h, "
            f"{show(best.utilization, Unit.SHARE)} used at a peak of {show(demand.peak, unit)}."
        )
    if best.candidate.limiting:
        yield f"{best.candidate.limiting} breaks first, at {best.breaks_at.interval()}."
    elif not best.by_the_token:
        yield "Nothing that was tried broke the SLA: it may hold more."
    ties = decision.ties
    if ties:
        named = ", ".join(f"{one.fleet.name} ({one.fleet.usd_per_hour:.4g} USD/h)" for one in ties)
        yield f"A tie: {named} may be as cheap{_planned_for_less(decision)}."


def _planned_for_less(decision: Decision) -> str:
    """Why what is recommended costs more than ties whose capacity is known more closely; empty where it does not."""
    best, ties = decision.ranked[0], decision.ties
    less = [one for one in ties if (1.0 + TIE) * one.fleet.usd_per_hour < best.fleet.usd_per_hour]
    if not less:
        return ""
    whose = "them" if len(less) == len(ties) else "some of them"
    chances = ", ".join(f"{one.chance:.0%}" for one in ties)
    return (
        f". Less is planned for {whose}, as what they surely hold is nearer to what they likely do; by the latter the "
        f"chance to be the cheapest, or within {TIE:.0%}, is {best.chance:.0%} against {chances}"
    )


def _fleet(ranked: Ranked, decision: Decision, latency: str, quality: str) -> Plain:
    fleet, best = ranked.fleet, decision.ranked[0]
    one, spare = fleet.candidate, max(1, decision.demand.redundancy)
    worth = one.quality.get(quality)
    return {
        "deployment": fleet.name,
        "replicas": fleet.replicas,
        "redundancy": decision.demand.redundancy,
        "needed": _needed(fleet),
        "usd_per_hour": fleet.usd_per_hour,
        "usd_per_month": fleet.usd_per_hour * HOURS_A_MONTH,
        "price": _price(one.price),
        "capacity": figure(one.capacity) | {"confidence": one.capacity.confidence},
        "held": one.planned,
        "held_at": one.sure,
        "utilization": figure(fleet.utilization),
        "cost": {name: figure(cost) for name, cost in fleet.costs.items()},
        "breaks_first": {"objective": one.limiting, "at": figure(fleet.breaks_at)},
        "with_fewer": None if fleet.by_the_token else _with_fewer(fleet, spare),
        "latency": one.figure(latency, fleet.rate_each),
        "quality": None if worth is None else figure(worth),
        "chance": ranked.chance,
        "why": "" if ranked is best else why_not(ranked, decision),
        "tie": decision.is_tie(ranked),
    }


def why_not(one: Ranked, decision: Decision) -> str:
    """Why a runner-up lost."""
    fleet, best = one.fleet, decision.ranked[0].fleet
    more = fleet.usd_per_hour - best.usd_per_hour
    counted = f"{fleet.usd_per_hour:.4g} USD/h" if fleet.by_the_token else _counted(fleet)
    if decision.is_tie(one):
        measured = "" if abs(more) <= TIE * best.usd_per_hour else ": measure both more closely, with precision=0.03"
        share = abs(more) / best.usd_per_hour
        apart = f"{share:.0%} {'more' if more > 0 else 'less'}" if share >= 0.005 else "at the same cost"
        return f"a tie: {counted}, {apart}{measured}"
    return f"{more:.3g} USD/h dearer ({more / best.usd_per_hour:+.0%}): {counted}"


def _counted(fleet: Fleet) -> str:
    price = fleet.candidate.price
    each = price.usd_per_hour if isinstance(price, Price) else math.nan
    held = show(fleet.candidate.planned, fleet.candidate.unit)
    if fleet.replicas == 1:
        return f"1 replica of {each:.4g} USD/h, which holds {held}"
    return f"{fleet.replicas} replicas of {each:.4g} USD/h, each of which holds {held}"


def _needed(fleet: Fleet) -> Plain | None:
    """Replicas, redundancy included, at the best guess of what one holds, and at its ends."""
    if fleet.by_the_token:
        return None
    rate = fleet.candidate.capacity
    counts = [fleet.needed(end) if 0.0 < end < math.inf else None for end in (float(rate), rate.high, rate.low)]
    return {"value": counts[0], "low": counts[1], "high": counts[2]}


def _with_fewer(fleet: Fleet, lost: int) -> Plain:
    left = fleet.replicas - lost
    held = left * fleet.candidate.planned
    return {"lost": lost, "holds": held, "peak_is_held": held >= fleet.demand.peak}


def _break_even(one: BreakEven) -> Plain:
    came = "tasks" if one.hourly.candidate.unit is Unit.TASK_RATE else "requests"
    where = f"{one.arrivals_an_hour:,.0f} {came} an hour in the mean"
    if one.share_of_peak > 1.0:
        said = f"{one.by_the_token.name} is cheaper at any volume up to the peak: hours would pay from {where}"
    else:
        said = f"{one.hourly.name} is cheaper than {one.by_the_token.name} from {where} on, "
        said += f"{one.share_of_peak:.0%} of the peak"
    return {
        "hourly": one.hourly.name,
        "by_the_token": one.by_the_token.name,
        "per_hour": one.arrivals_an_hour,
        "of_peak": one.share_of_peak,
        "told": said,
    }


def _price(price: Price | TokenPrice | None) -> Plain | None:
    if price is None:
        return None
    if isinstance(price, Price):
        said = f"{price.usd_per_hour:.4g} USD/h"
    else:
        said = f"{price.input_usd * 1e6:.4g} and {price.output_usd * 1e6:.4g} USD a million input and output tokens"
    return {"told": said, "source": price.source, "date": price.date}


def figure(estimate: Estimate) -> Plain:
    """An estimate as plain values."""
    value, low, high = (end if math.isfinite(end) else None for end in (float(estimate), estimate.low, estimate.high))
    return {"value": value, "low": low, "high": high, "n": estimate.n, "unit": estimate.unit.value}
