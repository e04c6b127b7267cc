"""A conversation: a person asks, reads, thinks, and asks again, with all that was said so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fmbench.model.prompt import Message, Prompt
from pytest_fmbench.model.session import Outcome, Talk, end_by


@dataclass(frozen=True)
class Turn:
    """A question, and what is wanted of its reply.

    :param think_s: how long the person reads and types before, in seconds.
    :param max_tokens: the reply's, at most; with ``ignore_eos`` exactly.
    """

    question: str
    max_tokens: int
    think_s: float = 0.0
    ignore_eos: bool = False


@dataclass(frozen=True)
class Conversation:
    """Its questions are known before; the replies in its history are the model's own.

    It succeeds where each of its turns is answered. Reasoning is no part of the history, as it is none of a chat's.

    :param system: what stands before all turns; empty is nothing.
    """

    turns: Sequence[Turn]
    system: str = ""

    async def carry_out(self, talk: Talk) -> Outcome:
        """Go through the turns, until one fails."""
        history = [Message("system", self.system)] if self.system else []
        for turn in self.turns:
            if turn.think_s:
                await talk.think(turn.think_s)
            history.append(Message("user", turn.question))
            answer = await talk.ask(Prompt(tuple(history), turn.max_tokens, ignore_eos=turn.ignore_eos))
            if answer.error is not None:
                return Outcome(end_by(answer.error), success=False)
            history.append(Message("assistant", answer.text))
        return Outcome(success=True)
