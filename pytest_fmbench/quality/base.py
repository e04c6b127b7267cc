"""What is asked with a known truth, and what says how good an answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.session import Answer


@dataclass(frozen=True)
class WantedCall:
    """A tool call that is right.

    :param arguments: by name, the values of which any is right; an empty text among them lets the argument be left out,
        as the Berkeley Function Calling Leaderboard writes it.
    """

    name: str
    arguments: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Truth:
    """What is right.

    :param answers: texts of which any is right, as its scorer compares them: a text, a number, a regular expression.
    :param classes: all that could be answered, where it is one of several.
    :param calls: tool calls, in any order.
    :param schema: that an answer in JSON must keep.
    :param tests: Python that must run to its end behind the code of the answer.
    :param unanswerable: nobody could know; to say so is right, and anything else is made up.
    """

    answers: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    calls: tuple[WantedCall, ...] = ()
    schema: Mapping[str, object] | None = None
    tests: str = ""
    unanswerable: bool = False


@dataclass(frozen=True)
class Mark:
    """What an answer is worth.

    :param value: from 0, wrong, to 1, right.
    :param parsed: whether it had the form that was asked for; one that has not is worth 0.
    """

    value: float
    parsed: bool = True


WRONG, RIGHT, UNPARSABLE = Mark(0.0), Mark(1.0), Mark(0.0, parsed=False)


@runtime_checkable
class Demanding(Protocol):
    """A scorer that cannot mark everywhere."""

    def see_that_it_can(self) -> None:
        """See that what it needs is there, before anything is asked.

        :raises UsageError: where it is not, with the way out.
        """
        ...


class Scorer(Protocol):
    """Says how good an answer is: a frozen dataclass, whose ``repr`` is part of what a score was made with."""

    @property
    def name(self) -> str:
        """As objectives write it: ``quality.f1`` is of the scorer ``f1``."""
        ...

    @property
    def needs(self) -> str:
        """The field of :class:`Truth` without which it can say nothing."""
        ...

    def __call__(self, said: Answer, item: Item) -> Mark:
        """The mark of an answer. Never raises for what was said."""
        ...


@dataclass(frozen=True)
class Item:
    """One question with its truth.

    :param name: by which its answers are held against each other; of its own in its task.
    :param scorers: how it is marked, the first for ``quality.score``; empty is as its task says.
    """

    name: str
    prompt: Prompt
    truth: Truth
    scorers: tuple[str | Scorer, ...] = ()

    @classmethod
    def of(cls, text: str, *answers: str, output_tokens: int = 32) -> Item:
        """A question of plain text, which is its name too.

        :param answers: of which any is right.
        :param output_tokens: after which a reply is cut.
        """
        return cls(text, Prompt((Message("user", text),), max_tokens=output_tokens), Truth(answers))
