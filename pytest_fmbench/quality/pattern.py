"""A regular expression: 1 where the answer holds what one of the right ones describes, else 0."""

from __future__ import annotations

import re

from pytest_fmbench.quality.by_text import ByText


def pattern(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """1.0 or 0.0. ``right`` is in the syntax of Python's ``re``."""
    return float(re.search(right, said) is not None)


SCORER = ByText("pattern", pattern)
