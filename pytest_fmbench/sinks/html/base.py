"""What a page is made of: what the session told, and sections that each show a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError
from pytest_fmbench.sinks.html.elements import Child, Element, tag
from pytest_fmbench.store.session import RECOMMENDATION, read_json

Summary = Mapping[str, Any]

REPORT = "report.html"
"""The page's name in a session's folder."""

COMPARISONS = "comparisons/*/comparison.json"
"""Files of the comparisons in it."""


@dataclass(frozen=True)
class Told:
    """A session, as its sections are given it.

    :param summaries: of its runs, in order of measuring, as :func:`pytest_fmbench.runs.summary.summarise` makes them;
        ``case`` of each is its node id, and ``folder`` where its records lie, in ``folder`` of the session.
    :param session: what it was made with, as in ``session.json``; may be empty.
    :param folder: of the session.
    :param errors: of the cases that failed by anything but their SLA, and why.
    :param skipped: of the cases that were skipped, and why.
    :param capacities: that were searched for.
    :param comparisons: that were made, as :func:`comparisons_in` finds them.
    :param qualities: that were measured.
    :param recommendation: what is recommended by it, as ``recommendation.json`` has it; None where nobody asked.
    """

    summaries: Sequence[Summary]
    session: Mapping[str, Any]
    folder: Path
    errors: Sequence[tuple[str, str]] = ()
    skipped: Sequence[tuple[str, str]] = ()
    capacities: Sequence[Summary] = ()
    comparisons: Sequence[Summary] = ()
    qualities: Sequence[Summary] = ()
    recommendation: Summary | None = None


def comparisons_in(folder: Path) -> list[Summary]:
    """Those that a session left in ``folder``.

    :raises StoreError: for one that cannot be read.
    """
    return [read_json(path) for path in sorted(folder.glob(COMPARISONS))]


def recommendation_in(folder: Path) -> Summary | None:
    """What is recommended by the session in ``folder``; None where nobody asked.

    :raises StoreError: for one that cannot be read, or that another version wrote.
    """
    path = folder / RECOMMENDATION
    if not path.exists():
        return None
    found = read_json(path)
    missing = [name for name in ("answer", "demand", "recommended", "runners_up", "refused") if name not in found]
    if missing:
        raise StoreError(f"{path} lacks {', '.join(missing)}: another version wrote it; recommend anew")
    return found


@dataclass(frozen=True)
class Section:
    """A part of the page.

    :param anchor: by which it is linked.
    :param lead: what is to be seen, in a sentence.
    :param body: below it.
    :param data: blocks for scripts, by name.
    """

    anchor: str
    title: str
    lead: str
    body: Sequence[Child]
    data: Mapping[str, Any] = field(default_factory=dict)


def chart(kind: str, source: str, label: str, note: str = "") -> Element:
    """A place where a script draws.

    :param kind: of the scripts in ``static/charts``.
    :param source: the block of data that it draws.
    :param label: what is to be seen, for who does not see it.
    :param note: below it: what a reader should know, such as which points were left out.
    """
    told = tag("figcaption", note) if note else None
    return tag("figure", tag("div", class_="plot", data_label=label), told, data_chart=kind, data_from=source)


def folded(title: str, *children: Child) -> Element:
    """What is long, to be opened."""
    return tag("details", tag("summary", title), children)


def chooser(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str = "") -> Element:
    """A select with its label; scripts know it by ``name``."""
    listed = (tag("option", text, value=value, selected=value == chosen) for value, text in options)
    return tag("label", label, " ", tag("select", listed, data_choose=name), class_="chooser")


def meanings(title: str, words: Mapping[str, str]) -> Element:
    """What words mean, folded away."""
    pairs = ((tag("dt", word), tag("dd", meaning)) for word, meaning in words.items())
    return folded(title, tag("dl", *pairs))
