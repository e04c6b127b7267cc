"""Reports as browsers read them: what is text, and which blocks of data they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from pytest_fmbench.sinks.html.page import LIBRARIES

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}


class Page(HTMLParser):
    """Elements and texts of a page.

    :ivar data: its blocks, by their ids.
    :ivar scripts: those that run.
    :ivar tags: every element, with its attributes.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.data: dict[str, Any] = {}
        self.scripts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []
        self._goes_on = False
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._goes_on = tag == "wbr"  # which divides no word
        if tag not in VOID:
            self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag

    def handle_data(self, data: str) -> None:
        tag, attributes = self._open[-1] if self._open else ("", {})
        if tag == "script" and attributes.get("type") == "application/json":
            self.data[str(attributes["id"])] = json.loads(data)
        elif tag == "script":
            self.scripts.append(data)
        elif tag != "style" and data.strip():
            anchors = tuple(str(one["id"]) for _, one in self._open if one.get("id"))
            text = " ".join(data.split())
            before = self._texts.pop()[1] if self._goes_on else ""
            self._texts.append((anchors, before + text))

    def text(self, anchor: str = "") -> str:
        """What people read, in the section ``anchor`` or in all of it."""
        return " ".join(text for anchors, text in self._texts if not anchor or anchor in anchors)

    def sections(self) -> list[str]:
        """Their anchors, in order."""
        return [str(one["id"]) for tag, one in self.tags if tag == "section" and one.get("id")]

    def with_attribute(self, name: str) -> Iterator[dict[str, str | None]]:
        """Attributes of every element that has ``name``."""
        return (one for _, one in self.tags if name in one)


def own_part(html: str) -> str:
    """The page without the libraries in it."""
    page = Page(html)
    for script in page.scripts[: len(LIBRARIES)]:
        html = html.replace(script, "")
    return html
