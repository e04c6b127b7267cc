"""JUnit: figures as properties of a test case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def properties(summaries: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Name and text of each property: every figure with its interval and n in SI units, every verdict."""
    found = []
    summaries = list(summaries)
    for summary in summaries:
        prefix = f"{summary['name']}." if len(summaries) > 1 else ""
        found += [(f"{prefix}{name}", str(summary[name])) for name in ("deployment", "workload", "load")]
        for name, figure in summary["figures"].items():
            found += [(f"{prefix}{name}{suffix}", _text(figure[key])) for suffix, key in _PARTS]
        sampled = (summary.get("telemetry") or {}).get("figures", {})
        found += [
            (f"{prefix}{name}.{key}", _text(figure[key])) for name, figure in sampled.items() for key in ("mean", "max")
        ]
        found += [
            (f"{prefix}sla: {verdict['objective']}", f"{verdict['outcome']}: {verdict['reason']}")
            for verdict in summary["verdicts"]
        ]
        found += [
            (f"{prefix}baseline: {one['name']}", f"{one['change']}: {one['reason']}")
            for one in (summary.get("baseline") or {}).get("statistics", ())
        ]
    return found


_PARTS = (("", "value"), (".low", "low"), (".high", "high"), (".n", "n"))


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
