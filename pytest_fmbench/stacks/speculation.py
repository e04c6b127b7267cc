"""What the knob ``speculative`` says: how many tokens are guessed ahead, and by whom."""

from __future__ import annotations

from typing import NamedTuple

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.deployment import Option

LOOKED_UP = 4
"""Tokens that are looked up in the prompt, at most, where a stack asks for a number."""


class Guess(NamedTuple):
    """Tokens that are guessed ahead.

    :param model: that guesses them; empty where they are looked up in the prompt.
    :param tokens: at a time.
    """

    model: str
    tokens: int


def guess(value: Option) -> Guess:
    """``"ngram:N"`` or ``"MODEL:N"``, taken apart.

    :raises UsageError: where it is neither; without whose it is.
    """
    method, _, tokens = str(value).rpartition(":")
    if not method or not tokens.isdecimal() or not int(tokens):
        raise UsageError("give 'ngram:N' or 'MODEL:N', with N tokens from 1")
    return Guess("" if method == "ngram" else method, int(tokens))
