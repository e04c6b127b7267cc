"""Documents to be put into an order by a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.model.prompt import Prompt, Wanted
from pytest_fmbench.model.workload import Prompts
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.over import Over, over
from pytest_fmbench.workloads.passages import Passages
from pytest_fmbench.workloads.texts import Texts, said, texts_of

_WORDS = 100


@dataclass(frozen=True)
class Ranked:
    """So many documents are put into an order by one question."""

    takes: int
    questions: Prompts

    def changed(self, prompts: tuple[Prompt, ...], index: int, seed: int) -> Prompt:
        """The question, and the documents."""
        asked = self.questions.prompt(index, seed).messages
        documents = tuple(map(said, prompts))
        return Prompt(asked, max_tokens=0, documents=documents, wanted=Wanted.RANKING)

    def models(self) -> tuple[str, ...]:
        """None by name."""
        return ()


def rerank(
    documents: Sequence[str] | Prompts | None = None, *, questions: Sequence[str] | None = None, each: int = 10
) -> Over:
    """Questions with documents that are to be put into an order; asked with the dialect ``rerank`` or ``tei-rerank``.

    :param documents: some of your own, which come again and again; a workload whose prompts they are, such as
        ``jsonl("passages.jsonl", prompt="{text}")``; or None for passages of 100 common words.
    :param questions: some of your own; None for short ones, as :func:`chat` asks them.
    :param each: how many documents a question has.
    :raises UsageError: for no document or question, or a number of documents that is no whole number from 1.
    """
    if not is_count(each):
        raise UsageError(f"rerank(each={each!r}): give a whole number from 1")
    of: Prompts = Passages(_WORDS) if documents is None else texts_of("rerank", documents)
    asked: Prompts = chat() if questions is None else texts_of("rerank(questions=", questions)
    told = f"{len(of.texts)} documents, " if isinstance(of, Texts) else ""
    by = "" if questions is None else f"questions={asked!r}, "
    return over(of, Ranked(each, asked), f"rerank(each={each}, {by}{told}")
