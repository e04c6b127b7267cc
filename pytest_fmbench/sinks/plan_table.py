"""The terminal's table of a plan: a row a case, and below it a row an objective."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.columns import aligned

_HEAD = (
    "case, and what it promises",
    "requests at least",
    "expected",
    "window holds",
    "minutes",
    "at most",
    "dollars",
    "",
)
_NUMBERS = range(1, 7)
_UNKNOWN = "not known"

Row = Sequence[str]
Values = Mapping[str, Any]


def render_plan(plans: Mapping[str, Values], total: Values) -> list[str]:
    """Lines: the table, what comparisons can find, the total and what is to be said of it.

    :param plans: by node id.
    """
    rows = [_HEAD, *(row for case, plan in plans.items() for row in _rows(case, plan))]
    table = aligned(rows, _NUMBERS)
    effects = [line for case, plan in plans.items() if plan["kind"] == "comparison" for line in _effects(case, plan)]
    return [table[0], "-" * len(table[0]), *table[1:], "", *effects, *_fits(plans.values()), *_total(total)]


def _rows(case: str, plan: Values) -> Iterator[Row]:
    if plan["kind"] == "unknown":
        yield (case, *[""] * 6, f"{_UNKNOWN}: {plan['why']}")
        return
    requests, minutes = plan["requests"], plan["minutes"]
    holds = requests.get("window_holds", requests.get("block_holds"))
    expected, of_history = requests["expected"], _history(plan["history"])
    numbers = (_count(expected), _count(holds), _minutes(minutes["expected"]), _minutes(minutes["at_most"]))
    yield (case, "", *numbers, _dollars(plan["usd"]), f"{_asks(plan)}; {of_history}")
    for one in plan.get("objectives", ()):
        numbers = ("-" if one["counted"] else _count(one["expected"]), "", "", "")
        why = "" if one["why"] == plan["history"]["why"] else one["why"]  # it stands above already
        yield (f"  {one['objective']}", _least(one), *numbers, "", why)


def _asks(plan: Values) -> str:
    if plan["kind"] == "comparison":
        blocks = f"{plan['pairs']} pairs of blocks of {plan['block_s']:.3g} s"
        return f"{plan['load']}, {blocks}, {plan['warmup_s']:.3g} s before each"
    limit = plan["requests"]["limit"]
    requests = "" if limit is None else f"{limit:,} requests or "
    window = f"a window of {requests}{plan['window_s']['at_most']:.3g} s at most"
    return f"{plan['load']}, {plan['warmup_s']:.3g} s before {window}"


def _history(history: Values) -> str:
    if history["session"] is None:
        return str(history["why"])
    runs = history["measurements"] or 1
    more = f", then with {runs} measurements" if runs > 1 else ""
    of_baseline = ", of the baseline alone" if history.get("of") == "baseline" else ""
    but = f"; {history['why']}" if history["why"] else ""
    return f"as in {history['session']}{more}{of_baseline}{but}"


def _effects(case: str, plan: Values) -> Iterator[str]:
    """What a comparison can find, for people."""
    yield f"{case}: smallest effect that is found in {plan['power']:.0%} of comparisons"
    if not plan["detectable"]:
        yield f"  {_UNKNOWN}: {plan['history']['why'] or 'nothing was measured that tells the spread'}"
    for one in plan["detectable"]:
        yield f"  {one['statistic']:<9}  {', '.join(map(_effect, one['smallest']))}"
    yield ""


def _effect(effect: Values) -> str:
    return f"+{100 * (effect['ratio'] - 1):.3g}% with blocks of {effect['block_s']:.3g} s"


def _fits(plans: Iterable[Values]) -> Iterator[str]:
    """How each deployment fits its hardware, once."""
    told = {name: text for plan in plans for name, text in plan.get("fit", {}).items()}
    yield from (f"memory of {name}: {text}" for name, text in told.items())
    if told:
        yield ""


def _total(total: Values) -> Iterable[str]:
    minutes, usd = total["minutes"], total["usd"]
    known, cases, planned = minutes["expected_of"], total["cases"], total["planned"]
    expected = f"{_minutes(minutes['expected'])} expected" if known else f"expected {_UNKNOWN}"
    of_them = f" of {known} of {cases}" if 0 < known < cases else ""
    most = f"{_minutes(minutes['at_most'])} at most" + (f" of {planned} of {cases}" if planned < cases else "")
    yield f"cases: {cases}; minutes: {expected}{of_them}, {most}; dollars: {_all_dollars(usd)}"
    yield from _created(total.get("created", ()))
    yield from total["notes"]


def _created(created: Sequence[Values]) -> Iterator[str]:
    """What would be made and paid by the hour, and the budget that allows all of it."""
    for one in created:
        cases, rate, usd = one["cases"], f"${one['usd_per_hour']:,.2f}", f"${one['usd']:,.2f}"
        by = f" ({one['priced_by']})" if one["priced_by"] else ""
        yield f"would be made: {one['deployment']} at {rate} an hour{by}, about {usd} for its start and {cases} cases"
    if created:
        most = math.ceil(100 * sum(one["usd"] for one in created)) / 100
        yield f"--fmbench-budget {most:g} allows all of it at once"


def _least(objective: Values) -> str:
    if objective["at_least"] is None:
        return "counted" if objective["counted"] else "-"
    unit = "" if objective["at_least_of"] == "requests" else f" {objective['at_least_of']}"
    return f"{objective['at_least']:,}{unit}"


def _dollars(usd: Values) -> str:
    if not usd["ours"]:
        return "not ours"
    if not usd["expected"]:
        return _UNKNOWN if usd["expected"] is None else "$0"
    return f"${math.ceil(usd['expected'] * 100) / 100:,.2f}"


def _all_dollars(usd: Values) -> str:
    ours = _dollars({"ours": usd["ours"] or not usd["not_ours"], "expected": usd["expected"]})
    return f"{ours}, and {usd['not_ours']} not ours" if usd["ours"] and usd["not_ours"] else ours


def _count(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value:,}"


def _minutes(value: float | None) -> str:
    if value is None:
        return _UNKNOWN
    if 0.0 < value < 0.01:
        return "<0.01"
    return f"{value:,.1f}" if value >= 10.0 else f"{value:.2f}"
