"""HTML by construction: elements, so that no text is ever markup."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from pytest_fmbench.model.readable import cut, plain

Element = ET.Element
Child = Element | str | None


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


def code(text: object) -> Element:
    """``text`` from outside, as code."""
    return tag("code", cut(text))


def html_of(element: Element) -> str:
    """The element as HTML."""
    text = ET.tostring(element, encoding="unicode", method="html")
    return text.replace("</wbr>", "")  # Python 3.10 does not know that it is never closed


def json_block(name: str, content: Any) -> str:  # noqa: ANN401  # whatever JSON holds
    """A block of data for scripts, which no browser runs; nothing in it can end it."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False, ensure_ascii=True).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
