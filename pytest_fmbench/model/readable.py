"""Texts from outside as people can read them: names, messages of servers, what models said."""

from __future__ import annotations

import re

LONGEST = 300
"""Characters of a text that are shown; ids of a megabyte have been seen."""

LONGEST_LINE = 2_000
"""Of a line in the terminal."""

_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, those that turn the direction of what follows, and halves of characters."""


def plain(text: str) -> str:
    """``text`` with a mark for each character that no page, file or terminal should hold."""
    return _UNSHOWN.sub("\ufffd", text)


def cut(text: object, most: int = LONGEST) -> str:
    """``text`` on one line, and cut where it is longer than anybody reads."""
    line = " ".join(str(text)[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1]}\u2026"


def terminal(line: str) -> str:
    """``line`` for a terminal, which it can neither command nor fill."""
    shown = _UNSHOWN.sub("?", line)  # which every terminal has
    return shown if len(shown) <= LONGEST_LINE else f"{shown[: LONGEST_LINE - 1]}\u2026"
