"""Prompts and replies of exact lengths, no two prompts alike."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.exact import LEAST_WORDS, Count, asking, spelt, wording_for
from pytest_fmbench.workloads.words import WORDS


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
        wording = wording_for(count)
        least = wording.overhead + LEAST_WORDS
        if self.input_tokens < least:
            raise UsageError(
                f"synthetic(input_tokens={self.input_tokens}): this model's template alone takes {wording.overhead} "
                f"tokens, so ask for {least} or more"
            )
        return replace(self, words=wording.words, overhead=wording.overhead)

    def prompt(self, index: int, seed: int) -> Prompt:
        """Prompt ``index``: its first words spell the index, so that no cache knows more of it than the opening.

        :raises UsageError: when it is not fitted yet.
        """
        if self.overhead is None:
            raise UsageError("synthetic: its prompts have no exact length before it is fitted to a model")
        length = self.input_tokens - self.overhead
        drawn = random.Random(f"{seed}:{index}")  # noqa: S311  # variety, not secrecy
        further = drawn.choices(self.words, k=length - LEAST_WORDS)
        return asking([*spelt(index, self.words), *further], self.output_tokens)


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
