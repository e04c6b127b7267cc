"""The page: its sections, its style, its scripts and its data, in one file that asks nobody for anything."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from pytest_fmbench.model.readable import cut
from pytest_fmbench.sinks.files import write
from pytest_fmbench.sinks.html.base import Section, Told
from pytest_fmbench.sinks.html.elements import Element, html_of, json_block, tag
from pytest_fmbench.sinks.html.facts import facts_of
from pytest_fmbench.sinks.html.sections import SECTIONS

LIBRARIES = ("d3.min.js", "plot.umd.min.js")
_CHARTS = ("tradeoff", "cost", "worth", "capacity", "course", "spread", "slowest", "waterfall")
SCRIPTS = (
    *("format.js", "draw.js", "marks.js"),
    *(f"charts/{name}.js" for name in _CHARTS),
    *("tables.js", "choosing.js"),
)
"""Ours, in the order in which they need each other."""

_TITLE = "fmbench report"


def write_report(path: Path, told: Told) -> None:
    """Render ``told`` to ``path``, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    write(path, render(told))


def render(told: Told) -> str:
    """The page.

    Its policy allows the scripts that it holds, by their hashes, and neither others nor any request.
    """
    sections = [made for make in SECTIONS if (made := make(told)) is not None]
    scripts = [_script(text) for text in _scripts()]
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(_hash(text) for text in scripts)}",
            "style-src 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href="data:,"),
        tag("title", _title(told)),
    )
    blocks = "\n".join(json_block(name, content) for name, content in _data(sections))
    # style and scripts are our own files, and hold no end of themselves: a test sees to that
    return "".join(
        (
            '<!doctype html>\n<html lang="en">',
            html_of(head).removesuffix("</head>"),
            f"<style>{_file('report.css')}</style></head>\n<body>",
            *(html_of(part) for part in _body(told, sections)),
            "\n",
            blocks,
            *(f"\n<script>{text}</script>" for text in scripts),
            "\n</body></html>\n",
        )
    )


def _title(told: Told) -> str:
    return f"{_TITLE}: {cut(told.folder.name, 80)}" if told.folder.name else _TITLE


def _body(told: Told, sections: Sequence[Section]) -> Iterator[Element]:
    yield tag("a", "Skip to the verdicts", href="#verdicts", class_="skip")
    yield tag("header", tag("h1", "Benchmark report"), tag("p", facts_of(told), class_="lead"))
    links = (tag("li", tag("a", one.title, href=f"#{one.anchor}")) for one in sections)
    yield tag("nav", tag("ul", links), aria_label="Sections")
    yield tag("main", (_section(one) for one in sections))
    yield tag(
        "footer",
        tag("p", "Made by pytest-fmbench from the records of this session; nothing in this file was fetched."),
        tag("p", "Drawn with D3 and Observable Plot (both ISC licence), which are part of this file."),
    )


def _section(one: Section) -> Element:
    head = tag("h2", one.title, id=f"{one.anchor}-title")
    lead = tag("p", one.lead, class_="lead")
    return tag("section", head, lead, one.body, id=one.anchor, aria_labelledby=f"{one.anchor}-title")


def _data(sections: Sequence[Section]) -> Iterator[tuple[str, Any]]:
    for one in sections:
        yield from one.data.items()


def _scripts() -> Iterator[str]:
    yield from (_file(f"vendor/{name}") for name in LIBRARIES)
    yield "\n".join(map(_file, SCRIPTS))


def _script(text: str) -> str:
    return text.replace("\r\n", "\n")  # as parsers read it, which is what is hashed


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    found = files("pytest_fmbench.sinks.html") / "static"
    for part in name.split("/"):
        found = found / part
    return found.read_text("utf-8")


def with_folders(
    summaries: Mapping[str, Sequence[Mapping[str, Any]]], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The runs of cases by node id, each with its case and where its records lie.

    :param names: of the folder of each case's first run; that of the nth has ``.n`` behind it.
    """
    return [
        {**run, "case": case, "folder": f"cases/{names[case]}" + (f".{nth}" if nth > 1 else "")}
        for case, runs in summaries.items()
        for nth, run in enumerate(runs, 1)
    ]
