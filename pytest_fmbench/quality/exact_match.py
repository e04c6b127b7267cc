"""Exact match: 1 where both are the same once normalised, else 0, as SQuAD's script has it (Rajpurkar et al., 2016)."""

from __future__ import annotations

from pytest_fmbench.quality.by_text import ByText
from pytest_fmbench.quality.words import normalised


def exact_match(said: str, right: str, classes: tuple[str, ...] = ()) -> float:  # noqa: ARG001  # as comparisons take
    """1.0 or 0.0."""
    return float(normalised(said) == normalised(right))


SCORER = ByText("exact_match", exact_match)
