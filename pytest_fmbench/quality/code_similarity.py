"""Likeness of a line of code, LongBench's ``code_sim_score``.

The first line of the answer without a backquote, ``#`` or ``//``, held against the truth by fuzzywuzzy's ``ratio``:
100 times difflib's, rounded to a whole number (https://github.com/seatgeek/fuzzywuzzy, without its optional C matcher,
which differs by a few points); equal texts are 100, and an empty one is 0.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from pytest_fmbench.quality.by_text import ByText

_NO_CODE = ("`", "#", "//")


def code_similarity(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as they take
    """From 0 to 1, in hundredths."""
    lines = said.lstrip("\n").split("\n")
    return ratio(next((line for line in lines if not any(one in line for one in _NO_CODE)), ""), right) / 100


def ratio(first: str, second: str) -> int:
    """How alike two texts are, from 0 to 100.

    Where one is so much longer that it can be no more than 0, nothing is compared.
    """
    if first == second:
        return 100
    most = 2 * min(len(first), len(second)) / max(1, len(first) + len(second))
    if round(100 * most) == 0:
        return 0
    return round(100 * SequenceMatcher(None, first, second).ratio())


SCORER = ByText("code_similarity", code_similarity)
