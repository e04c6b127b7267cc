"""Texts that a case gives itself, as a workload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.workload import Prompts

_DIGITS = 8


@dataclass(frozen=True)
class Texts:
    """Each text once, in their order, before one comes again. Each seed begins elsewhere."""

    texts: tuple[str, ...]

    def prompt(self, index: int, seed: int) -> Prompt:
        """Text ``index``."""
        return Prompt((Message("user", self.texts[(index + seed) % len(self.texts)]),), max_tokens=1)

    def __repr__(self) -> str:
        return f"texts {sha256(repr(self.texts).encode()).hexdigest()[:_DIGITS]}"


def texts_of(what: str, given: Sequence[str] | Prompts) -> Prompts:
    """A workload of texts, or that which is one already.

    :param what: what was asked for it, for messages.
    :raises UsageError: for no text, or something else.
    """
    if hasattr(given, "prompt"):
        return cast("Prompts", given)
    if isinstance(given, str) or not isinstance(given, Sequence) or not given:
        raise UsageError(f"{what}({given!r}): give texts, or a workload whose prompts are the texts")
    if not all(isinstance(one, str) and one.strip() for one in given):
        raise UsageError(f"{what}: one of its {len(given)} texts is empty, or none")
    return Texts(tuple(given))


def said(prompt: Prompt) -> str:
    """The text of a prompt: its messages, one after the other."""
    return "\n\n".join(message.content for message in prompt.messages)
