"""Prompts of exact lengths, made of words each of which is one token of the model that is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.words import WORDS

LEAST_WORDS = 3
"""So many words tell 16 million prompts apart."""

_OPENING = "Go on with these words:"

Count = Callable[[Prompt], int]
"""How many input tokens a prompt is, as the model's own tokenizer and chat template make them."""


@dataclass(frozen=True)
class Wording:
    """What prompts of exact lengths are made of.

    :param words: each is one token of the model.
    :param overhead: input tokens of a prompt without any of them.
    """

    words: tuple[str, ...]
    overhead: int


def asking(words: Sequence[str], output_tokens: int) -> Prompt:
    """A prompt of these words, whose reply goes on for so many tokens."""
    text = " ".join((_OPENING, *words))
    return Prompt((Message("user", text),), max_tokens=output_tokens, ignore_eos=True)


def spelt(index: int, words: Sequence[str]) -> list[str]:
    """``index`` in words, the last place first: what tells prompts apart from their first word on."""
    return [words[index // len(words) ** place % len(words)] for place in range(LEAST_WORDS)]


def wording_for(count: Count) -> Wording:
    """The wording for a model whose tokenizer counts as ``count`` does.

    :raises UsageError: when hardly a word is left.
    """
    overhead = count(asking([], 1))
    words = tuple(single_tokens(WORDS, lambda some: count(asking(some, 1)) - overhead))
    if len(words) < len(WORDS) // 4:
        raise UsageError("hardly any common word is one token of this model, so lengths cannot be exact")
    return Wording(words, overhead)


def single_tokens(words: Sequence[str], count: Callable[[Sequence[str]], int]) -> list[str]:
    """Those of ``words`` that are one token each: halves that hold others are halved again.

    :param count: tokens that words add to a prompt.
    """
    if not words or count(words) == len(words):
        return list(words)
    if len(words) == 1:
        return []
    middle = len(words) // 2
    return single_tokens(words[:middle], count) + single_tokens(words[middle:], count)
