from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.session import Outcome, Talk
from pytest_fmbench.workloads.chat import chat
from pytest_fmbench.workloads.conversations.multiturn import multiturn
from pytest_fmbench.workloads.opening import opening


def test_of_single_requests_it_is_the_prompt() -> None:
    assert opening(chat(4), 3, 0) == chat(4).prompt(3, 0)


def test_of_a_session_it_is_what_it_asks_first_and_nothing_takes_time() -> None:
    found = opening(multiturn(3, think="1000s"), 5, 0)
    assert [message.role for message in found.messages] == ["user"]


@dataclass(frozen=True)
class Ones:
    """Sessions that do one thing."""

    what: str

    def session(self, index: int, seed: int) -> Ones:  # noqa: ARG002  # all are alike
        return self

    async def carry_out(self, talk: Talk) -> Outcome:
        if self.what == "at once":
            await talk.use("a tool", 1_000.0)
            await asyncio.gather(*(talk.ask(Prompt((Message("user", text),), 1)) for text in "ab"))
        if self.what == "raise":
            raise ZeroDivisionError
        return Outcome()


def test_of_several_at_once_it_is_one() -> None:
    assert opening(Ones("at once"), 0, 0).messages[0].content in "ab"


def test_a_session_that_asks_nothing_has_none() -> None:
    with pytest.raises(UsageError, match="asks nothing"):
        opening(Ones("nothing"), 0, 0)


def test_a_mistake_of_its_author_is_shown() -> None:
    with pytest.raises(ZeroDivisionError):
        opening(Ones("raise"), 0, 0)
