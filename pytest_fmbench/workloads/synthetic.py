"""Prompts and replies of exact lengths, no two prompts alike but for the beginnings that they are to share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count, is_number
from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.workloads.exact import LEAST_WORDS, Count, Wording, asking, spelt, wording_for
from pytest_fmbench.workloads.lengths import Lengths, read


@dataclass(frozen=True)
class Synthetic:
    """See :func:`synthetic`.

    :param wording: of the model that it is fitted to; None before.
    """

    input_tokens: Lengths
    output_tokens: Lengths
    shared_prefix: float = 0.0
    prefixes: int = 1
    wording: Wording | None = None

    def fit(self, count: Count) -> Synthetic:
        """The same, for a model whose tokenizer counts as ``count`` does.

        :raises UsageError: when no prompt is long enough to hold what the chat template adds, or no words are left.
        """
        wording = wording_for(count)
        least = wording.overhead + LEAST_WORDS
        if self.input_tokens.most < least:
            raise UsageError(
                f"synthetic(input_tokens={self.input_tokens!r}): this model's template alone takes {wording.overhead} "
                f"tokens, so ask for {least} or more"
            )
        return replace(self, wording=wording)

    def prompt(self, index: int, seed: int) -> Prompt:
        """Prompt ``index``: behind what it shares, its words spell the index, so that no cache knows more of it.

        :raises UsageError: when it is not fitted yet.
        """
        if self.wording is None:
            raise UsageError("synthetic: its prompts have no exact length before it is fitted to a model")
        words, overhead = self.wording.words, self.wording.overhead
        length = max(overhead + LEAST_WORDS, self.input_tokens.draw(_drawn(seed, "input", index)))
        shared = self._shared(
            length - overhead - LEAST_WORDS, round(self.shared_prefix * length) - overhead, index, seed
        )
        own = length - overhead - LEAST_WORDS - len(shared)
        further = _drawn(seed, "words", index).choices(words, k=own)
        return asking([*shared, *spelt(index, words), *further], self.output_tokens.draw(_drawn(seed, "output", index)))

    def _shared(self, room: int, wanted: int, index: int, seed: int) -> list[str]:
        """The begin of one of the shared texts, which go on without end."""
        count = max(0, min(room, wanted))
        if self.wording is None or count == 0:
            return []
        which = _drawn(seed, "which", index).randrange(self.prefixes)
        return _drawn(seed, "prefix", which).choices(self.wording.words, k=count)

    def __repr__(self) -> str:
        shared = f", shared_prefix={self.shared_prefix:g}, prefixes={self.prefixes}" if self.shared_prefix else ""
        return f"synthetic(input_tokens={self.input_tokens!r}, output_tokens={self.output_tokens!r}{shared})"


def synthetic(
    *, input_tokens: int | Lengths, output_tokens: int | Lengths, shared_prefix: float = 0.0, prefixes: int = 1
) -> Synthetic:
    """Random words: prompts are ``input_tokens`` long, chat template included, and replies ``output_tokens``.

    Lengths are exact by the model's own tokenizer, as the server's usage tells before the run; replies go on to their
    length by ``ignore_eos``, which vLLM, SGLang and llama.cpp know. No two prompts of a run are alike.

    :param input_tokens: a number, or a distribution such as ``lengths.lognormal(512, cv=0.6)``. What is drawn below
        what the template and three words take is raised to that.
    :param output_tokens: likewise.
    :param shared_prefix: share of each prompt's tokens that other prompts begin with too, such as a system prompt; what
        the template puts in front is a part of it.
    :param prefixes: how many such beginnings there are; each prompt draws one.
    :raises UsageError: for lengths that are no whole numbers from 1, a share outside [0, 1), or no beginning.
    """
    if not is_number(shared_prefix) or not 0.0 <= shared_prefix < 1.0:
        raise UsageError(f"synthetic(shared_prefix={shared_prefix!r}): give a share from 0 to below 1, such as 0.5")
    if not is_count(prefixes):
        raise UsageError(f"synthetic(prefixes={prefixes!r}): give a whole number from 1")
    return Synthetic(
        read("synthetic(input_tokens", input_tokens),
        read("synthetic(output_tokens", output_tokens),
        float(shared_prefix),
        prefixes,
    )


def _drawn(seed: int, dimension: str, index: int) -> Random:
    """A generator of its own for each dimension, so that a change of one moves no other."""
    return Random(f"{seed}:{dimension}:{index}")  # noqa: S311  # variety, not secrecy
