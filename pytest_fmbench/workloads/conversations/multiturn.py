"""Conversations of several turns, written for this project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.session import Session
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.conversations.conversation import Conversation, Turn
from pytest_fmbench.workloads.conversations.thinking import pauses_s, thinking
from pytest_fmbench.workloads.exact import Count, spelt, wording_for
from pytest_fmbench.workloads.lengths import Lengths, read

_MOST_TURNS = 1_000


@dataclass(frozen=True)
class Multiturn:
    """See :func:`multiturn`.

    :param words: each is one token of the model; empty before it is fitted to one.
    """

    turns: Lengths
    output_tokens: Lengths
    think: str | None = None
    input_tokens: Lengths | None = None
    system_tokens: int = 0
    words: tuple[str, ...] = ()

    def fit(self, count: Count) -> Multiturn:
        """The same, with words each of which is one token of the model, where any are needed.

        :raises UsageError: when hardly any word is.
        """
        needed = self.input_tokens is not None or self.system_tokens
        return replace(self, words=wording_for(count).words) if needed else self

    def session(self, index: int, seed: int) -> Session:
        """Conversation ``index``: what it draws depends on the seed and on which it is, and on nothing else."""
        count = self.turns.draw(_drawn(seed, "turns", index))
        pauses = pauses_s(self.think, f"{seed}:think:{index}", count)
        output = _drawn(seed, "output", index)
        exact = self.input_tokens is not None
        turns = [
            Turn(self._question(index, nth, seed), self.output_tokens.draw(output), pauses[nth], ignore_eos=exact)
            for nth in range(count)
        ]
        return Conversation(turns, self._system(seed))

    def _question(self, index: int, nth: int, seed: int) -> str:
        place = index * round(self.turns.most) + nth
        if self.input_tokens is None:
            (message,) = chat().prompt(place, seed).messages
            return message.content
        drawn, words = _drawn(seed, "words", place), self._fitted_words()
        length = self.input_tokens.draw(drawn)
        own = spelt(place, words)[:length]
        return " ".join([*own, *drawn.choices(words, k=length - len(own))])

    def _system(self, seed: int) -> str:
        """The same of all conversations of a seed."""
        if not self.system_tokens:
            return ""
        return " ".join(_drawn(seed, "system", 0).choices(self._fitted_words(), k=self.system_tokens))

    def _fitted_words(self) -> tuple[str, ...]:
        if not self.words:
            raise UsageError("multiturn: its texts have no exact length before it is fitted to a model")
        return self.words

    def __repr__(self) -> str:
        told = [f"turns={self.turns!r}", f"output_tokens={self.output_tokens!r}"]
        told += [] if self.think is None else [f"think={self.think!r}"]
        told += [] if self.input_tokens is None else [f"input_tokens={self.input_tokens!r}"]
        told += [f"system_tokens={self.system_tokens}"] if self.system_tokens else []
        return f"multiturn({', '.join(told)})"


def multiturn(
    turns: int | Lengths = 4,
    *,
    output_tokens: int | Lengths = 64,
    think: float | str | None = None,
    input_tokens: int | Lengths | None = None,
    system_tokens: int = 0,
) -> Multiturn:
    """Conversations: each turn asks with all that was asked and answered before, so the context grows.

    :param turns: of each conversation: a number, or a distribution with an end, such as ``lengths.uniform(2, 8)``.
    :param output_tokens: of each reply; it ends by itself before, unless ``input_tokens`` is given.
    :param think: how long the person reads and types before each turn but the first: ``2`` or ``"2s"``, or a
        distribution of seconds, such as ``"exponential:2"`` or ``"lognormal:2,0.5"`` (median, sigma).
    :param input_tokens: of each question: so many words, each of which is one token of the model; what the chat
        template adds comes on top. Replies then go on to their length by ``ignore_eos``, as those of
        :func:`~pytest_fmbench.workloads.synthetic.synthetic` do. Without it, questions are those of
        :func:`~pytest_fmbench.workloads.chat.chat`.
    :param system_tokens: of a system prompt that all conversations share, likewise.
    :raises UsageError: for what is no such number, length or time, or for turns without an end.
    """
    lengths = read("multiturn(turns", turns)
    if lengths.most > _MOST_TURNS:
        raise UsageError(f"multiturn(turns={turns!r}): give turns that end, {_MOST_TURNS:,} at most, as with cap=8")
    if not isinstance(system_tokens, int) or isinstance(system_tokens, bool) or system_tokens < 0:
        raise UsageError(f"multiturn(system_tokens={system_tokens!r}): give a whole number from 0")
    return Multiturn(
        lengths,
        read("multiturn(output_tokens", output_tokens),
        thinking("multiturn", think),
        None if input_tokens is None else read("multiturn(input_tokens", input_tokens),
        system_tokens,
    )


def _drawn(seed: int, dimension: str, place: int) -> Random:
    """A generator of its own for each dimension, so that a change of one moves no other."""
    return Random(f"{seed}:{dimension}:{place}")  # noqa: S311  # variety, not secrecy
