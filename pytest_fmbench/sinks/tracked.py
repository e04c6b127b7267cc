"""Figures for github-action-benchmark, which draws them over commits: ``customSmallerIsBetter`` and its opposite.

https://github.com/benchmark-action/github-action-benchmark: a list of ``{name, unit, value, range, extra}``. It has one
direction a file, so latencies and errors are in one, rates in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.model.units import Unit
from pytest_fmbench.sinks.outcomes import of_run

SMALLER = ("ttft.p50", "ttft.p95", "ttft.p99", "tpot.mean", "itl.p95", "e2e.p95", "error_rate", "task.e2e.p95")
BIGGER = ("output_token_rate", "request_rate", "goodput", "task.success", "tool_calls.valid")

_SHOWN = {Unit.SECOND: (1e3, "ms"), Unit.SHARE: (100.0, "%")}

Summary = Mapping[str, Any]


def smaller_is_better(summaries: Iterable[Summary]) -> list[dict[str, Any]]:
    """:data:`SMALLER` of each run, those that it has."""
    return [one for summary in summaries for one in _entries(summary, SMALLER)]


def bigger_is_better(summaries: Iterable[Summary]) -> list[dict[str, Any]]:
    """:data:`BIGGER` of each run, likewise."""
    return [one for summary in summaries for one in _entries(summary, BIGGER)]


def _entries(summary: Summary, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        figure = summary["figures"].get(name)
        if figure is None or figure["value"] is None:
            continue
        unit = Unit(figure["unit"])
        factor, symbol = _SHOWN.get(unit, (1.0, unit.value))
        yield {
            "name": f"{summary['name']} {name}",
            "unit": symbol,
            "value": figure["value"] * factor,
            "range": _range(figure, factor),
            "extra": f"n={figure['n']}, {of_run(summary)}, {summary['deployment']}, {summary['load']}",
        }


def _range(figure: Mapping[str, Any], factor: float) -> str:
    """The interval, as far as the data bound it."""
    low, high = (
        unbounded if figure[key] is None else f"{figure[key] * factor:.4g}"
        for key, unbounded in (("low", "-inf"), ("high", "inf"))
    )
    return f"[{low}, {high}]"
