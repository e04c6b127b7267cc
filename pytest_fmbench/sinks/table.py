"""The terminal's table: a row a run, and below it one for each part of a mix."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_fmbench.model.columns import figures as in_columns
from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.stats.looks import false_alarms

COLUMNS = (
    ("TTFT p50", "ttft.p50"),
    ("TTFT p95", "ttft.p95"),
    ("TPOT mean", "tpot.mean"),
    ("ITL p95", "itl.p95"),
    ("E2E p95", "e2e.p95"),
    ("tokens/s", "output_token_rate"),
    ("requests/s", "request_rate"),
    ("errors", "error_rate"),
)
_ITEMS = ("items/s", "item_rate")
_GO_FIRST = ("itl.p95", "ttft.p50", "e2e.p95", "request_rate")
"""Where a terminal is too narrow for all."""
_IN_TITLE = (Unit.TOKEN_RATE, Unit.REQUEST_RATE, Unit.ITEM_RATE, Unit.REQUEST)
"""Units that a column need not repeat, since its title has them."""


def columns_of(summaries: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Titles and figures of the columns; items have one where any run has some."""
    some = any((one["figures"].get(_ITEMS[1]) or {}).get("value") is not None for one in summaries)
    return (*COLUMNS[:-1], _ITEMS, COLUMNS[-1]) if some else COLUMNS


def title_of(summary: Mapping[str, Any]) -> str:
    """The name of a run, with its deployment where that does not say it."""
    name, deployment = str(summary["name"]), str(summary.get("deployment") or "")
    return name if deployment in name else f"{name}, {deployment}"


def told_apart(summaries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Runs whose names say what was measured, where it is not the same in all of them."""
    if len({one.get("deployment") for one in summaries}) < 2:
        return summaries
    return [{**one, "name": title_of(one)} for one in summaries]


def parts_of(summary: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a run's mix is made of, each as a run that nobody judges."""
    for name, part in (summary.get("groups") or {}).items():
        yield {**part, "name": f"- {name}", "verdicts": [], "items_are": summary.get("items_are")}


def render(summaries: Iterable[Mapping[str, Any]], width: int | None = None) -> list[str]:
    """Lines of a table: case, requests, main figures, verdict.

    :param width: in which it should fit: names stand above their figures then, and columns go. None is any.
    """
    runs = told_apart(list(summaries))
    columns = columns_of(runs)
    head, *lines = in_columns(_rows(runs, columns), width)
    for gone in range(1, 1 + len(_GO_FIRST)):
        if width is None or len(head) <= width:
            break
        kept = [one for one in columns if one[1] not in _GO_FIRST[:gone]]
        head, *lines = in_columns(_rows(runs, kept), width)
    return [head, "-" * len(head), *lines]


def _rows(runs: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]]) -> list[list[str]]:
    rows = [["case", "requests", *(title for title, _ in columns), "SLA"]]
    for run in runs:
        rows += [_row(run, columns), *([*_row(part, columns)[:-1], ""] for part in parts_of(run))]
    return rows


def chance(cases: Iterable[Sequence[Mapping[str, Any]]]) -> str:
    """What chance alone may do to a session; empty where no case was judged.

    :param cases: the runs of each.
    """
    levels = [max(run["confidence"] for run in runs if run["verdicts"]) for runs in cases if _is_judged(runs)]
    if not levels:
        return ""
    alarms, word = sum(false_alarms(1, level) for level in levels), "case" if len(levels) == 1 else "cases"
    return f"{len(levels)} {word} judged at {show(min(levels), Unit.SHARE)}: at most {alarms:.2g} false alarms expected"


def _is_judged(runs: Sequence[Mapping[str, Any]]) -> bool:
    return any(run["verdicts"] for run in runs)


def _row(summary: Mapping[str, Any], columns: Sequence[tuple[str, str]]) -> list[str]:
    names = ", ".join(summary.get("sla_names", ()))
    cells = (shown_of(summary, key) for _, key in columns)
    return [
        cut(summary["name"]),
        str(summary["requests"]),
        *cells,
        outcome_of(summary) + (f" ({names})" if names else ""),
    ]


def shown_of(summary: Mapping[str, Any], key: str) -> str:
    """A figure of a run as a column shows it; items by what they are called, and nothing where it has none."""
    figure = summary["figures"].get(key)
    if figure is None or (key == _ITEMS[1] and figure["value"] is None):
        return "-"
    return cell_of(figure) + (f" {summary['items_are']}" if key == _ITEMS[1] and summary.get("items_are") else "")


def cell_of(figure: Mapping[str, Any]) -> str:
    """A figure as a column shows it, without the unit that the column's title has."""
    unit, value = Unit(figure["unit"]), figure["value"]
    shown = show(math.nan if value is None else value, unit)
    return shown.removesuffix(f" {unit.value}") if unit in _IN_TITLE else shown


def outcome_of(summary: Mapping[str, Any]) -> str:
    """The worst of a run's verdicts; "-" where it is not judged."""
    outcomes: Sequence[str] = [verdict["outcome"] for verdict in summary["verdicts"]]
    if summary.get("invalid"):
        return "invalid"
    if not outcomes:
        return "-"
    return next((worst for worst in ("invalid", "fail", "inconclusive") if worst in outcomes), "pass")
