"""What a question will take: requests, minutes, dollars. Pure: of the question itself, and of an earlier run of it.

What nothing tells is None, and never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice, takewhile
from typing import Any

from pytest_fmbench.clock import seconds_to_ns
from pytest_fmbench.load.arrivals import Closed, Load, shape_of
from pytest_fmbench.load.driver import Limits
from pytest_fmbench.metrics.base import Kind
from pytest_fmbench.model.objective import Objective
from pytest_fmbench.runs.plans.foreseeing import COUNTED, Foreseen, Outlook, foresee, last_level, looks_to_come
from pytest_fmbench.runs.plans.past import Found, Pace, Past
from pytest_fmbench.runs.verdicts.promises import judged_metric
from pytest_fmbench.runs.verdicts.sequential import Judged, Strictness
from pytest_fmbench.sla import least_samples
from pytest_fmbench.stats.looks import Look

Plan = dict[str, Any]
"""Of plain values; docs/plan.md says what each is."""


@dataclass(frozen=True)
class Asked:
    """A measurement that a case asks for.

    :param name: what reports call it.
    :param rates: dollars an hour of each of its servers; None of one that is not ours.
    :param sequential: the window ends as soon as its objectives are decided.
    :param rounds: limits of each round; empty is one, with ``limits``.
    :param tokens: that it may ask for, in and out; None is without limit.
    """

    name: str
    deployment: str
    workload: str
    load: Load
    limits: Limits
    judged: Judged
    strictness: Strictness
    sequential: bool
    rates: Sequence[float | None]
    rounds: tuple[Limits, ...] = ()
    tokens: int | None = None


def plan_run(asked: Asked, found: Found) -> Plan:
    """The plan of a measurement.

    :param found: what an earlier session measured of it.
    """
    rounds, shaped = max(1, len(asked.rounds)), shape_of(asked.load) > 0.0
    each = (asked.rounds or (asked.limits,))[0]
    holds = _within(asked.tokens, window_holds(asked.load, each if shaped else asked.limits, found.past), found.past)
    if shaped and holds:
        holds *= rounds  # each has the whole of it
    sequential = asked.sequential and bool(asked.judged.objectives) and rounds == 1 and not shaped
    looks = looks_to_come(holds, sequential=sequential) if holds else ()
    outlook = foresee(asked.judged, asked.strictness, found.past, looks) if found.past and looks else None
    window_s = _window_s(asked, outlook, holds, found.past)
    minutes = minutes_of(asked.load, each, None if window_s is None else window_s / rounds, found.past, rounds)
    return {
        "kind": "run",
        "name": asked.name,
        "deployment": asked.deployment,
        "workload": asked.workload,
        "load": str(asked.load),
        "history": history_of(found),
        "requests": {
            "expected": outlook.requests if outlook else None,
            "window_holds": holds,
            "limit": asked.limits.requests,
        },
        "tokens": {"limit": asked.tokens},
        "window_s": {"expected": window_s, "at_most": asked.limits.duration_s},
        "warmup_s": each.warmup_s,
        "rounds": rounds,
        "drain_s": {"expected": found.past.drain_s if found.past else None, "at_most": asked.limits.drain_s},
        "minutes": minutes,
        "usd": dollars(asked.rates, minutes),
        "objectives": _objectives(asked, found, looks, outlook),
    }


def window_holds(load: Load, limits: Limits, past: Pace | None) -> int | None:
    """About how many requests begin in a window that lasts its whole length; None where nothing tells.

    Of an open loop those of its schedule, of a closed one as many as at the rate of an earlier run.
    """
    if isinstance(load, Closed):
        if past is None:
            return limits.requests
        reached = max(1, round(past.rate * limits.duration_s))
        return min(reached, limits.requests or reached)
    begin_ns = seconds_to_ns(limits.warmup_s)
    end_ns = begin_ns + seconds_to_ns(limits.duration_s)
    inside = dropwhile(lambda at: at < begin_ns, takewhile(lambda at: at < end_ns, load.offsets(0, begin_ns)))
    return sum(1 for _ in islice(inside, limits.requests))


def minutes_of(load: Load, limits: Limits, window_s: float | None, past: Pace | None, times: int = 1) -> Plan:
    """How long ``times`` such runs take, one after another.

    Expected: the warm-up, the window, and for replies as long as they took earlier. At most: as long as they are
    waited for, after the window and, by every user of a closed loop, before it.
    """
    users = load.users if isinstance(load, Closed) else 0
    most = limits.warmup_s + (limits.drain_s if users else 0.0) + limits.duration_s + limits.drain_s
    expected = None
    if past is not None and window_s is not None:
        warmup_s = max(limits.warmup_s, past.first_replies_s(users) if users else 0.0)
        expected = warmup_s + window_s + min(limits.drain_s, past.drain_s)
    return {"expected": None if expected is None else times * expected / 60.0, "at_most": times * most / 60.0}


def dollars(rates: Sequence[float | None], minutes: Mapping[str, float | None]) -> Plan:
    """What servers at these dollars an hour cost meanwhile; None, and not ``ours``, where one is not ours to pay."""
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates):
        return {"ours": False, "expected": None, "at_most": None}
    return {"ours": True} | {name: _cost(sum(known), length) for name, length in minutes.items()}


def history_of(found: Found) -> Plan:
    """Where expectations come from, or why there are none."""
    past = found.past
    if past is None:
        return {"session": None, "requests": None, "measurements": None, "why": found.why}
    return {"session": past.session, "requests": past.requests, "measurements": past.runs, "why": ""}


def _cost(rate: float, minutes: float | None) -> float | None:
    if rate == 0.0:
        return 0.0  # however long it takes
    return None if minutes is None else rate * minutes / 60.0


def _within(tokens: int | None, holds: int | None, past: Past | None) -> int | None:
    """About how many of the requests that a window holds there are tokens for."""
    if tokens is None or holds is None or past is None:
        return holds
    return min(holds, int(tokens / max(1.0, past.tokens_each)))


def _window_s(asked: Asked, outlook: Outlook | None, holds: int | None, past: Past | None) -> float | None:
    """How long the window is expected to be; None where nothing tells."""
    if outlook is None or past is None:
        return None
    limits = asked.limits
    if outlook.requests == holds and limits.requests is None and asked.tokens is None:
        return limits.duration_s
    return min(limits.duration_s, outlook.requests / past.rate)


def _objectives(asked: Asked, found: Found, looks: Sequence[Look], outlook: Outlook | None) -> list[Plan]:
    gate = asked.judged.gate(asked.strictness)
    level = last_level(gate, looks)
    nothing = Foreseen(None, found.why or "the window holds no request")
    foreseen = outlook.objectives if outlook else [COUNTED if item.counted else nothing for item in gate.items]
    return [
        _objective(asked, item.objective, None if item.counted else level, looks, one)
        for item, one in zip(gate.items, foreseen, strict=True)
    ]


def _objective(asked: Asked, objective: Objective, level: float | None, looks: Sequence[Look], one: Foreseen) -> Plan:
    """That of one objective.

    :param level: two-sided, of the last look; None where it is counted.
    """
    metric = judged_metric(objective, open_loop=asked.judged.open_loop)
    per_request = asked.judged.metrics[metric].kind is Kind.REQUEST
    least, why = None if level is None else least_samples(objective, level), one.why
    if least is not None and per_request and looks and least > looks[-1].requests:
        why = f"cannot pass within {looks[-1].requests:,} requests: let the window hold more"
    return {
        "objective": " ".join(objective.text.split()),
        "metric": metric,
        "at_least": least,
        "at_least_of": "requests" if per_request else "samples",
        "counted": level is None,
        "expected": one.requests,
        "why": why,
    }
