"""Recorded conversations, held again: the questions that people asked, and the answers of the model that is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Session
from pytest_fmbench.workloads.conversations.conversation import Conversation, Turn
from pytest_fmbench.workloads.conversations.thinking import pauses_s
from pytest_fmbench.workloads.rows.fitting import Count
from pytest_fmbench.workloads.rows.workload import Rows


@dataclass(frozen=True)
class Talks:
    """Rows each of which is a whole conversation.

    What is told of them (tokens, what was left out) is of the conversations as they were recorded.

    :param turns: of each at most.
    :param think: how long a person thinks between turns, as a distribution of seconds is written; None is not at all.
    """

    rows: Rows
    turns: int
    think: str | None = None

    def session(self, index: int, seed: int) -> Session:
        """The conversation of row ``index``; behind the last one the first comes again."""
        prompt = self.prompt(index, seed)
        asked = [message.content for message in prompt.messages if message.role == "user"]
        said_before = [message.content for message in prompt.messages if message.role == "system"]
        pauses = pauses_s(self.think, f"{seed}:think:{index}", len(asked))
        turns = [
            Turn(question, prompt.max_tokens, pause_s, prompt.ignore_eos)
            for question, pause_s in zip(asked, pauses, strict=True)
        ]
        return Conversation(turns, "\n\n".join(said_before))

    def prompt(self, index: int, seed: int) -> Prompt:
        """The whole of it, up to its last question, as it was recorded."""
        return self.rows.prompt(index, seed)

    def fit(self, count: Count) -> Talks:
        """See :class:`~pytest_fmbench.workloads.rows.workload.Rows`, as of all that follows."""
        return replace(self, rows=self.rows.fit(count))

    def check(self) -> None:
        """Read the source."""
        self.rows.check()

    def least(self, seed: int) -> Prompt:
        """The shortest."""
        return self.rows.least(seed)

    def input_tokens(self, tried: int | None) -> int | None:
        """How many the last turn takes on average."""
        return self.rows.input_tokens(tried)

    def beyond(self, context: int) -> int:
        """How many do not fit."""
        return self.rows.beyond(context)

    def notes(self) -> list[str]:
        """What was left out."""
        return self.rows.notes()

    def facts(self) -> dict[str, Any]:
        """What they are made of; ``requests`` is how many conversations."""
        return self.rows.facts()

    def __repr__(self) -> str:
        think = "" if self.think is None else f", think={self.think!r}"
        return f"{self.rows!r}.sessions(turns={self.turns}{think})"

    def __str__(self) -> str:
        return f"{self.rows}:sessions"
