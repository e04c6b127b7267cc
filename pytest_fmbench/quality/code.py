"""The code of an answer: what stands in its first fence of Markdown, else all of it."""

from __future__ import annotations

import re

_FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.DOTALL)


def code_in(said: str) -> str:
    """Code without what was said about it."""
    fenced = _FENCE.search(said)
    return fenced[1] if fenced else said
