"""Conversations and agents: what their tasks came to, and how long each turn took."""

from __future__ import annotations

from pytest_fmbench.sinks import tasks
from pytest_fmbench.sinks.html.base import Section, Told, folded
from pytest_fmbench.sinks.html.elements import Child, code
from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.html.words import table

_LEAD = "A task is a session of requests that belong together, from its begin to its end, thinking and tools included."


def section(told: Told) -> Section | None:
    """None where nothing was asked in sessions."""
    found = tasks.rows(told.summaries)
    if not found:
        return None
    titles = tasks.columns(told.summaries)
    body = list[Child]([table(titles, [(code(name), *rest) for name, *rest in found], "Tasks of every run")])
    for one in told.summaries:
        if turns := tasks.turns(one):
            name = cut(one["name"])
            body.append(folded(f"Turns of {name}", table(tasks.TURNS, turns, f"Turns of {name}")))
    return Section("sessions", "Tasks", _LEAD, body)
