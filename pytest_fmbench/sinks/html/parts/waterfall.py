"""The slowest tasks of conversations and agents: what each of them waited for, one thing below the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.model.session import TaskEnd
from pytest_fmbench.model.units import Unit, show
from pytest_fmbench.runs.waterfall import waterfalls
from pytest_fmbench.sinks.html.base import chart
from pytest_fmbench.sinks.html.elements import Element, tag
from pytest_fmbench.sinks.html.opened import Opened, Part
from pytest_fmbench.sinks.html.thinning import tidy

MOST_SPANS = 60
"""Bars of a task; of more, the longest."""

_LEAD = (
    "Of the tasks that took longest, one at a time: press one to see it. Each line is a request, a tool at work or a "
    "person who thinks, in order of their begin; what stands above another at the same time went on beside it. So the "
    "longest bar is what to make faster first."
)
_NOTE = (
    "The pale part of a request waits for the first token, the full part brings tokens; a cross marks what failed or "
    f"was cut off. Of a task of more than {MOST_SPANS} steps, the {MOST_SPANS} longest are drawn. What a model or a "
    "server said of a failure may repeat a prompt, so it stands in the records only."
)
ENDS = {
    TaskEnd.DONE.value: "came to its end",
    TaskEnd.TURNS.value: "had no turns left",
    TaskEnd.CONTEXT.value: "outgrew the model's context",
    TaskEnd.REFUSED.value: "ended by a failed request",
    TaskEnd.STUCK.value: "repeated what had failed",
    TaskEnd.CENSORED.value: "cut off by the run's end",
}
_JUDGED = {True: ", and succeeded", False: ", without success", None: ""}

Plain = Mapping[str, Any]


def part(run: Opened) -> Part | None:
    """None where nothing was asked in sessions, or no task began in the window."""
    found = waterfalls(run.measurement)
    if not found:
        return None
    block = run.block("waterfall")
    names = [f"{place}: {show(task['seconds'], Unit.SECOND)}" for place, task in enumerate(found, 1)]
    tasks = [_told(run, name, task) for name, task in zip(names, found, strict=True)]
    listed = tag(
        "ol",
        (tag("li", _button(place, one)) for place, one in enumerate(tasks)),
        class_="requests",
        data_lines=block,
        data_alone=True,
    )
    return Part(
        "Slowest tasks",
        _LEAD,
        [listed, chart("waterfall", block, "Requests, tools and thinking of the task that is chosen", _NOTE)],
        tasks,
    )


def _told(run: Opened, name: str, task: Plain) -> dict[str, Any]:
    """A task for scripts."""
    spans = task["spans"]
    longest = {*sorted(range(len(spans)), key=lambda nth: spans[nth]["begin_s"] - spans[nth]["end_s"])[:MOST_SPANS]}
    begun = show((task["begun_ns"] - run.begin_ns) / 1e9, Unit.SECOND)
    end = f"{ENDS.get(task['end'], cut(task['end'], 40))}{_JUDGED[task['success']]}"
    return {
        "name": name,
        "about": f"begun at {begun}, {_counts(spans)}; {end}",
        "seconds": tidy([task["seconds"]])[0],
        "spans": [_span(span) for nth, span in enumerate(spans) if nth in longest],
    }


def _button(place: int, task: Plain) -> Element:
    said = (tag("b", task["name"]), tag("small", task["about"]))
    return tag("button", said, type="button", aria_pressed="false" if place else "true", data_line=place)


def _counts(spans: Sequence[Plain]) -> str:
    """``4 requests, 3 tools (1 failed)``."""
    kinds = Counter(span["kind"] for span in spans)
    failed = Counter(span["kind"] for span in spans if span["error"] is not None)
    words = {"request": "request", "tool": "tool call", "thinking": "pause"}
    return ", ".join(
        f"{kinds[kind]} {word}{'s' * (kinds[kind] > 1)}" + (f" ({failed[kind]} failed)" if failed[kind] else "")
        for kind, word in words.items()
        if kinds[kind]
    )


def _span(span: Plain) -> list[Any]:
    """Kind, label, begin, first token, end, and what else is known of it, for people."""
    begin, end = tidy([span["begin_s"], span["end_s"]])
    first = None if span.get("first_s") is None else tidy([span["first_s"]])[0]
    if span["kind"] != "request":
        label = cut(span["name"], 24) or "thinking"
        return [span["kind"], label, begin, None, end, "" if span["error"] is None else "failed"]
    return ["request", f"request {span['turn'] + 1}", begin, first, end, _status(span), _tokens(span)]


def _status(span: Plain) -> str:
    """Empty where it succeeded."""
    if span["status"] == "ok":
        return ""
    cause = (span["error"] or "").partition(":")[0]
    return f"{span['status']}: {cut(cause, 24)}" if cause else span["status"]


def _tokens(span: Plain) -> str:
    """``812 tokens in (700 cached), 64 out``; what the server did not tell is left out."""
    asked, cached = span["input_tokens"], span["cached_tokens"]
    known = "" if asked is None else f"{asked} tokens in" + (f" ({cached} cached), " if cached else ", ")
    return f"{known}{span['output_tokens']} out"
