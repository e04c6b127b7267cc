"""HTML by construction: elements, so that no text is ever markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

Element = ET.Element
Child = Element | str | None

LONGEST = 300
"""Characters of a text from outside that are shown; ids of a megabyte have been seen."""

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, those that turn the direction of what follows, and halves of characters."""


def tag(name: str, /, *children: Child | Iterable[Child], **attributes: object) -> Element:
    """An element. ``_`` in a name of an attribute stands for ``-``, one at its end for nothing.

    :param children: elements, and texts; None is left out.
    :param attributes: True is one without a value; None and False are left out.
    """
    made = ET.Element(name)
    for key, value in attributes.items():
        if value is not None and value is not False:
            made.set(key.rstrip("_").replace("_", "-"), "" if value is True else plain(str(value)))
    for child in children:
        for one in [child] if isinstance(child, (str, ET.Element)) or child is None else child:
            _append(made, one)
    return made


def _append(parent: Element, child: Child) -> None:
    if isinstance(child, str):
        text = plain(child)
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text
    elif child is not None:
        parent.append(child)


def plain(text: str) -> str:
    """``text`` without what no page may hold."""
    return _UNSHOWN.sub("\ufffd", text)


def cut(text: object, most: int = LONGEST) -> str:
    """``text`` from outside, on one line, and cut where it is longer than anybody reads."""
    line = " ".join(str(text)[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}\u2026"


def code(text: object) -> Element:
    """``text`` from outside, as code."""
    return tag("code", cut(text))


def html_of(element: Element) -> str:
    """The element as HTML."""
    return ET.tostring(element, encoding="unicode", method="html")


def json_block(name: str, content: Any) -> str:  # noqa: ANN401  # whatever JSON holds
    """A block of data for scripts, which no browser runs; nothing in it can end it."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False, ensure_ascii=True).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
