"""JUnit: figures as properties of a test case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fmbench.sinks import capacity, quality

_NO_XML = re.compile("[^\t\n\r -~\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, however they are written."""


def properties_of_case(
    summaries: Iterable[Mapping[str, Any]],
    capacities: Sequence[Mapping[str, Any]],
    qualities: Sequence[Mapping[str, Any]],
) -> list[tuple[str, str]]:
    """Name and text of all that a case has, of its searches for a capacity, its qualities and its runs.

    Pytest escapes the texts of properties and not their names, which runs of a case are called by: here both are.
    """
    found = (*capacity.properties(capacities), *quality.properties(qualities), *properties(summaries))
    return [(_legal(name), _legal(text)) for name, text in found]


def _legal(text: str) -> str:
    """``text`` with ``#x`` and a code for each character that is none of XML's, as pytest writes them."""
    return _NO_XML.sub(lambda found: f"#x{ord(found[0]):02X}", text)


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
