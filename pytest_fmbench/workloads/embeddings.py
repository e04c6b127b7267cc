"""Texts to be embedded, several a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.numbers import is_count
from pytest_fmbench.model.prompt import Prompt, Wanted
from pytest_fmbench.model.workload import Prompts
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.over import Over, over
from pytest_fmbench.workloads.texts import Texts, said, texts_of


@dataclass(frozen=True)
class Embedded:
    """So many texts are one request."""

    takes: int

    def changed(self, prompts: tuple[Prompt, ...], index: int, seed: int) -> Prompt:  # noqa: ARG002  # nothing is drawn
        """Their texts, to be embedded."""
        return Prompt((), max_tokens=0, documents=tuple(map(said, prompts)), wanted=Wanted.EMBEDDINGS)

    def models(self) -> tuple[str, ...]:
        """None by name."""
        return ()


def embeddings(texts: Sequence[str] | Prompts | None = None, *, batch: int = 1) -> Over:
    """Texts to be embedded; asked with the dialect ``openai-embeddings``.

    :param texts: some of your own, which come again and again; a workload whose prompts are the texts, such as
        ``jsonl("passages.jsonl", prompt="{text}")``; or None for short questions, as :func:`chat` asks them.
    :param batch: how many a request holds.
    :raises UsageError: for no text, or a batch that is no whole number from 1.
    """
    if not is_count(batch):
        raise UsageError(f"embeddings(batch={batch!r}): give a whole number from 1")
    of: Prompts = chat() if texts is None else texts_of("embeddings", texts)
    told = f"{len(of.texts)} texts, " if isinstance(of, Texts) else ""
    return over(of, Embedded(batch), f"embeddings(batch={batch}, {told}")
