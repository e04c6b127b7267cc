"""Passages of common words, such as a search finds: made up, and always the same for the same number."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.workloads.words import WORDS


@dataclass(frozen=True)
class Passages:
    """A supply of them, no two alike."""

    words: int

    def prompt(self, index: int, seed: int) -> Prompt:
        """Passage ``index``."""
        return Prompt((Message("user", " ".join(passage(WORDS, self.words, index, seed))),), max_tokens=1)

    def __repr__(self) -> str:
        return f"passages of {self.words} words"


def passage(words: tuple[str, ...], length: int, which: int, seed: int) -> list[str]:
    """Passage ``which``, of so many of ``words``."""
    return Random(f"{seed}:passage:{which}").choices(words, k=length)  # noqa: S311  # variety, not secrecy
