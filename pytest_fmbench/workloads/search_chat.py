"""Conversational search: what was found, what was said before, and the question, as a service of RAG asks a model."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from random import Random

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count, is_number
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.exact import Count, Wording, spelt, wording_for
from pytest_fmbench.workloads.lengths import Lengths, read
from pytest_fmbench.workloads.passages import passage

FIRST, LAST = "first", "last"
_TRIES = 100
_TASK = "Answer from these passages, and say which of them you used."


@dataclass(frozen=True)
class SearchChat:
    """See :func:`search_chat`.

    :param wording: of the model that it is fitted to; None before.
    """

    passages: int
    passage_tokens: int
    corpus: int
    popularity: float
    placed: str
    history: int
    history_tokens: Lengths
    question_tokens: Lengths
    output_tokens: Lengths
    wording: Wording | None = field(default=None)

    def fit(self, count: Count) -> SearchChat:
        """The same, for a model whose tokenizer counts as ``count`` does.

        :raises UsageError: when no words are left.
        """
        return replace(self, wording=wording_for(count))

    def prompt(self, index: int, seed: int) -> Prompt:
        """Request ``index``: its passages are others' too, what is said is its own.

        :raises UsageError: when it is not fitted yet.
        """
        if self.wording is None:
            raise UsageError("search_chat: its passages have no exact length before it is fitted to a model")
        words, found = self.wording.words, self._passages(index, seed, self.wording.words)
        drawn = Random(f"{seed}:said:{index}")  # noqa: S311  # variety, not secrecy
        said = [_said(words, self.history_tokens.draw(drawn), drawn) for _ in range(2 * self.history)]
        asked = " ".join((*spelt(index, words), _said(words, self.question_tokens.draw(drawn), drawn)))
        task = f"{_TASK}\n\n{found}" if self.placed == FIRST else _TASK
        question = asked if self.placed == FIRST else f"{found}\n\n{asked}"
        roles = ("user", "assistant") * self.history
        messages = (
            Message("system", task),
            *(Message(role, text) for role, text in zip(roles, said, strict=True)),
            Message("user", f"{question}?"),
        )
        return Prompt(messages, max_tokens=self.output_tokens.draw(drawn))

    def found(self, index: int, seed: int) -> list[int]:
        """Which passages a request has, of the corpus, the most relevant first."""
        drawn = Random(f"{seed}:found:{index}")  # noqa: S311  # variety, not secrecy
        edges, chosen = _edges(self.corpus, self.popularity), dict[int, None]()
        for _ in range(_TRIES * self.passages):
            if len(chosen) == self.passages:
                return [*chosen]
            chosen[min(bisect(edges, drawn.random() * edges[-1]), self.corpus - 1)] = None
        chosen |= dict.fromkeys(range(self.corpus))  # what hardly anybody looks for: the most popular of the others
        return [*chosen][: self.passages]

    def _passages(self, index: int, seed: int, words: tuple[str, ...]) -> str:
        texts = (passage(words, self.passage_tokens, which, seed) for which in self.found(index, seed))
        return "\n\n".join(" ".join(text) for text in texts)

    def __repr__(self) -> str:
        told = (f"{name}={value!r}" for name, value in vars(self).items() if name != "wording")
        return f"search_chat({', '.join(told)})"


def search_chat(
    *,
    passages: int = 4,
    passage_tokens: int = 200,
    corpus: int = 1_000,
    popularity: float = 1.0,
    placed: str = FIRST,
    history: int = 2,
    history_tokens: int | Lengths = 40,
    question_tokens: int | Lengths = 20,
    output_tokens: int | Lengths = 128,
) -> SearchChat:
    """Questions with passages that a search found, and what was said before; replies end by themselves or are cut.

    The k-th most popular of ``corpus`` passages is found in proportion to 1 / k^popularity, so that requests share them
    as they do in production, and a cache of prefixes or blocks sees how much. No two questions are alike.

    :param passages: how many a request has.
    :param passage_tokens: of each, by the model's own tokenizer.
    :param popularity: 0 finds all alike; 1 is Zipf's law.
    :param placed: ``"first"`` puts passages into the system's message, where what is popular may be a shared prefix;
        ``"last"`` puts them before the question.
    :param history: how often something was asked and answered before.
    :param history_tokens: of each message of that, a number or a distribution, as of the question beside the words that
        tell it from others.
    :param output_tokens: after which a reply is cut.
    :raises UsageError: for what cannot be asked.
    """
    for name, value in (("passages", passages), ("passage_tokens", passage_tokens), ("corpus", corpus)):
        if not is_count(value):
            raise UsageError(f"search_chat({name}={value!r}): give a whole number from 1")
    if passages > corpus:
        raise UsageError(f"search_chat(passages={passages}, corpus={corpus}): no more can be found than there are")
    if not is_number(popularity) or not 0.0 <= popularity <= 4.0:
        raise UsageError(f"search_chat(popularity={popularity!r}): give a number from 0 to 4; 1 is Zipf's law")
    if placed not in (FIRST, LAST):
        raise UsageError(f"search_chat(placed={placed!r}): give 'first' or 'last'")
    if type(history) is not int or history < 0:
        raise UsageError(f"search_chat(history={history!r}): give a whole number from 0")
    return SearchChat(
        passages,
        passage_tokens,
        corpus,
        float(popularity),
        placed,
        history,
        read("search_chat(history_tokens", history_tokens),
        read("search_chat(question_tokens", question_tokens),
        read("search_chat(output_tokens", output_tokens),
    )


@lru_cache(maxsize=8)
def _edges(corpus: int, popularity: float) -> list[float]:
    return list(accumulate(rank**-popularity for rank in range(1, corpus + 1)))


def _said(words: tuple[str, ...], length: int, drawn: Random) -> str:
    return " ".join(drawn.choices(words, k=length))
