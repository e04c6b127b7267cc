"""One run closely: how it went in time, how its latencies are distributed, its slowest requests, its own error."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks import outcomes
from pytest_fmbench.sinks.html.base import Section, Told, chooser
from pytest_fmbench.sinks.html.elements import Child, Element, code, tag
from pytest_fmbench.sinks.html.opened import MOST, Opened, opened
from pytest_fmbench.sinks.html.parts import PARTS
from pytest_fmbench.sinks.html.sections.tradeoff import deployments_of
from pytest_fmbench.sinks.html.words import WORDS, badge
from pytest_fmbench.sinks.side_by_side import case_without
from pytest_fmbench.sinks.table import title_of
from pytest_fmbench.store.redaction import redacted

_LEAD = "Everything below is drawn from the stored records of the run that is chosen here."


def section(told: Told) -> Section | None:
    """A panel a run, of which one is seen."""
    if not told.summaries:
        return None
    panels, options, data = list[Child](), list[tuple[str, str]](), dict[str, Any]()
    first = _first(told)
    for nth, run in opened(told.folder, told.summaries):
        summary = told.summaries[nth]
        options.append((str(nth), f"{cut(title_of(summary), 110)} ({WORDS[outcomes.of_run(summary)]})"))
        inner = _parts(run, data) if isinstance(run, Opened) else [tag("p", cut(redacted(run)))]
        head = tag("h3", badge(outcomes.of_run(summary)), " ", code(title_of(summary)))
        panels.append(tag("div", head, _about(told, nth), inner, **_panel(nth, first)))
    _beside(told, data)
    left = len(told.summaries) - len(options)
    capped = f"{left} further runs are not shown: {MOST} are opened at most, those first that did not pass."
    note = tag("p", capped, class_="note") if left else None
    body = [tag("div", chooser("run", "Run", options, str(first)), class_="sticky"), note, *panels]
    return Section("closely", "A run closely", _LEAD, body, data)


def _first(told: Told) -> int:
    """The run that is seen first: the worst."""
    words = [outcomes.WORST_FIRST.index(outcomes.of_run(one)) for one in told.summaries]
    return words.index(min(words))


def _beside(told: Told, data: dict[str, Any]) -> None:
    """Let the distributions of a case know those of the same case on other deployments."""
    drawn = [nth for nth in range(len(told.summaries)) if f"run-{nth}-spread" in data]
    names = deployments_of([told.summaries[nth] for nth in drawn])
    alike = defaultdict[tuple[str, str], list[int]](list)
    for nth in drawn:
        one = told.summaries[nth]
        if one.get("deployment"):
            alike[case_without(one["case"], one["deployment"]), case_without(one["name"], one["deployment"])].append(
                nth
            )
    for several in alike.values():
        for nth in several:
            data[f"run-{nth}-spread"] |= {
                "deployment": cut(names[told.summaries[nth]["deployment"]]),
                "also": [f"run-{other}-spread" for other in several if other != nth],
            }


def _panel(nth: int, first: int) -> dict[str, object]:
    return {"class_": "panel", "data_panel": "run", "data_when": nth, "hidden": nth != first}


def _about(told: Told, nth: int) -> Element:
    one = told.summaries[nth]
    facts = [(name, one.get(name)) for name in ("deployment", "workload", "load")]
    facts += [("window", f"{one.get('window_s', 0.0):.4g} s"), ("requests", one.get("requests"))]
    if one.get("rounds", 1) > 1:
        facts.append(("rounds", one["rounds"]))
    return tag("dl", *([tag("dt", name), tag("dd", code(value))] for name, value in facts if value is not None))


def _parts(run: Opened, data: dict[str, Any]) -> list[Child]:
    body = list[Child]()
    for name, part in PARTS.items():
        made = part(run)
        if made is not None:
            body.append(tag("section", tag("h4", made.title), tag("p", made.lead, class_="lead"), made.body))
            if made.data is not None:
                data[run.block(name)] = made.data
    return body
