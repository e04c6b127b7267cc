"""Conversations and agents: what their tasks came to, and how long each turn took."""

from __future__ import annotations

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import tasks
from pytest_fmbench.sinks.html.base import Section, Told, folded, meanings
from pytest_fmbench.sinks.html.elements import Child, code
from pytest_fmbench.sinks.html.words import table

_LEAD = "A task is a session of requests that belong together, from its begin to its end, thinking and tools included."

MEANINGS = {
    "success": "tasks that reached what they were for, of those that began in the window; n/a where nobody judges that",
    "e2e": "from a task's begin to its end, thinking and tools included; of those that came to an end of their own",
    "turns": "requests of a task, in the mean",
    "valid calls": "tool calls that named a tool that there is, with arguments that it takes, of all that were made",
    "cache hits": "input tokens that the server had in its cache, of all: what was not computed again",
    "ended": "how many tasks ended how: done, out of turns, refused, stuck, outgrown (context) or cut off (censored)",
    "turn": "the number of a request in its task: where TTFT grows with it, so does the context",
}


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
    body.append(meanings("What the columns mean", MEANINGS))
    return Section("sessions", "Tasks", _LEAD, body)
