"""Under which circumstances a session was measured: what was sampled beside it, machine and versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_fmbench.sinks import telemetry
from pytest_fmbench.sinks.markdown.elements import Summary, code, table


def sampled(summaries: Iterable[Summary]) -> Iterator[str]:
    """A table a run."""
    for one in summaries:
        if not one.get("telemetry"):
            continue
        yield from (code(one["name"]), "")
        if found := telemetry.rows(one):
            yield from (*table(telemetry.COLUMNS, ([code(name), *cells] for name, *cells in found)), "")
        yield from (*(f"- {code(note)}" for note in telemetry.notes(one)), "")


def made_with(session: Mapping[str, Any]) -> Iterator[str]:
    """When, on which machine and with which versions; options are not shown."""
    groups = {"machine": session.get("machine") or {}, "versions": session.get("versions") or {}}
    lines = [f"- {code(f'{name} {value}')}" for group in groups.values() for name, value in group.items()]
    if lines:
        begun = f"Begun {code(session['begun'])}, on" if session.get("begun") else "On"
        yield from (f"{begun}:", "", *lines, "")
