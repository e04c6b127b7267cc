"""Prompts and replies of exact lengths, no two prompts alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.words import WORDS

_OPENING = "Go on with these words:"
_LEAST_WORDS = 3
"""So many words tell 16 million prompts apart."""

Count = Callable[[Prompt], int]
"""How many input tokens a prompt is, as the model's own tokenizer and chat template make them."""


@dataclass(frozen=True)
class Synthetic:
    """Prompts of ``input_tokens``, replies of ``output_tokens``; see :func:`synthetic`.

    :param words: each is one token of the model.
    :param overhead: input tokens of a prompt without any of them; None until it is fitted to a model.
    """

    input_tokens: int
    output_tokens: int
    words: tuple[str, ...] = WORDS
    overhead: int | None = None

    def fit(self, count: Count) -> Synthetic:
        """The same, for a model whose tokenizer counts as ``count`` does.

        :raises UsageError: when the prompt is too short to hold what the chat template adds, or no words are left.
        """
        overhead = count(self._asking([]))
        words = tuple(single_tokens(self.words, lambda some: count(self._asking(some)) - overhead))
        least = overhead + _LEAST_WORDS
        if self.input_tokens < least:
            raise UsageError(
                f"synthetic(input_tokens={self.input_tokens}): this model's template alone takes {overhead} tokens, "
                f"so ask for {least} or more"
            )
        if len(words) < len(self.words) // 4:
            raise UsageError("synthetic: hardly any common word is one token of this model, so lengths cannot be exact")
        return replace(self, words=words, overhead=overhead)

    def prompt(self, index: int, seed: int) -> Prompt:
        """Prompt ``index``: its first words spell the index, so that no cache knows more of it than the opening.

        :raises UsageError: when it is not fitted yet.
        """
        if self.overhead is None:
            raise UsageError("synthetic: its prompts have no exact length before it is fitted to a model")
        length = self.input_tokens - self.overhead
        spelt = [self.words[index // len(self.words) ** place % len(self.words)] for place in range(_LEAST_WORDS)]
        drawn = random.Random(f"{seed}:{index}")  # noqa: S311  # variety, not secrecy
        return self._asking([*spelt, *drawn.choices(self.words, k=length - _LEAST_WORDS)])

    def _asking(self, words: Sequence[str]) -> Prompt:
        text = " ".join((_OPENING, *words))
        return Prompt((Message("user", text),), max_tokens=self.output_tokens, ignore_eos=True)


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


def synthetic(*, input_tokens: int, output_tokens: int) -> Synthetic:
    """Random words: every prompt is ``input_tokens`` long, chat template included, and every reply ``output_tokens``.

    Lengths are exact by the model's own tokenizer, as the server's usage tells before the run; replies go on to their
    length by ``ignore_eos``, which vLLM, SGLang and llama.cpp know. No two prompts of a run are alike.

    :raises UsageError: for lengths that are no whole numbers from 1.
    """
    for name, value in (("input_tokens", input_tokens), ("output_tokens", output_tokens)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise UsageError(f"synthetic({name}={value!r}): give a whole number from 1")
    return Synthetic(input_tokens, output_tokens)
