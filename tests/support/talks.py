"""What a session talks with, where there is no server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from pytest_fmbench.client.dialects.openai import chat_messages
from pytest_fmbench.model.prompt import Prompt, ToolCall
from pytest_fmbench.model.session import Answer, Outcome, Session
from pytest_fmbench.testing import Failings
from pytest_fmbench.testing.agents.policy import Said, next_said


@dataclass
class FakeTalk:
    """A model that follows plans, as the mock's does.

    :ivar prompts: what was asked.
    :ivar used: each tool that worked, how long, and why it failed.
    """

    failings: Failings = field(default_factory=Failings)
    prompts: list[Prompt] = field(default_factory=list)
    used: list[tuple[str, float, str | None]] = field(default_factory=list)

    async def ask(self, prompt: Prompt) -> Answer:
        self.prompts.append(prompt)
        await asyncio.sleep(0)
        return answer_of(next_said(chat_messages(prompt), self.failings))

    async def think(self, seconds: float) -> None:
        raise AssertionError(seconds)

    async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
        self.used.append((tool, seconds, error))
        await asyncio.sleep(0)


@dataclass
class Told(FakeTalk):
    """A model that says what it was told to, one answer a request; the last again and again."""

    answers: Sequence[Answer] = ()

    async def ask(self, prompt: Prompt) -> Answer:
        self.prompts.append(prompt)
        return self.answers[min(len(self.prompts), len(self.answers)) - 1]


def answer_of(said: Said) -> Answer:
    return Answer(said.text, tool_calls=tuple(ToolCall(one.call_id, one.name, one.arguments) for one in said.calls))


def carried_out(session: Session, talk: FakeTalk) -> Outcome:
    return asyncio.run(session.carry_out(talk))
