"""A conversation of several turns, or an agent's task: what is asked next depends on what was answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Prompt, ToolCall


@dataclass(frozen=True)
class Answer:
    """What came back to one request of a session, decoded in the load process itself, since the session goes on by it.

    :param text: what the model said, without its reasoning.
    :param reasoning: what it thought aloud, where the server tells it apart.
    :param tool_calls: what it wants done, in its own words: arguments may be broken JSON.
    :param finish_reason: why it ended, as the server says it.
    :param error: ``cause: detail``, as a record has it; None where the request succeeded.
    """

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    error: str | None = None


class TaskEnd(str, Enum):
    """How a session ended."""

    DONE = "done"
    """It came to its own end, well or not: :attr:`Outcome.success` says which."""
    TURNS = "turns"
    """It had asked as often as it may."""
    CONTEXT = "context"
    """What it had to ask outgrew the model."""
    REFUSED = "refused"
    """A request of it failed for another reason."""
    STUCK = "stuck"
    """The model repeated what had already failed."""
    CENSORED = "censored"
    """The run was over before it was."""


_OUTGROWN = re.compile(
    "available context size"  # llama.cpp
    "|maximum context length|maximum model length|context_length_exceeded"  # vLLM, SGLang, OpenAI
    "|model's context length|context window|tokens exceed the configured limit"  # SGLang, OpenAI
    "|exceed max_num_tokens"  # TensorRT-LLM
    "|prompt is too long|exceed context limit|input is too long"  # Anthropic, Bedrock
    "|`inputs` (must have less than|tokens )",  # TGI
    re.IGNORECASE,
)
"""What servers say of a prompt that is longer than the model's context."""


def end_by(error: str) -> TaskEnd:
    """How a session ends whose request failed with ``error``: its context outgrew the model, or it was refused."""
    outgrown = error.startswith("status:") and _OUTGROWN.search(error)
    return TaskEnd.CONTEXT if outgrown else TaskEnd.REFUSED


@dataclass(frozen=True)
class Outcome:
    """What became of a session, as its workload judges it.

    :param success: whether it reached what it was for; None where it was for nothing that can be judged.
    :param tool_calls: how many tool calls the model made.
    :param valid_tool_calls: how many of these named a tool that there is, with arguments that its schema allows.
    :raises UsageError: for more of these than of those, or fewer than none.
    """

    end: TaskEnd = TaskEnd.DONE
    success: bool | None = None
    tool_calls: int = 0
    valid_tool_calls: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.valid_tool_calls <= self.tool_calls:
            raise UsageError(
                f"{self.valid_tool_calls} valid tool calls of {self.tool_calls}: no session has such an outcome"
            )


class Talk(Protocol):
    """What a session may do. Its times are noted by who implements it."""

    async def ask(self, prompt: Prompt) -> Answer:
        """Send a request now, and return when it has ended. Several may be asked at once, as sub-agents do."""
        ...

    async def think(self, seconds: float) -> None:
        """Let a person read and type."""
        ...

    async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
        """Let a tool work, and note its span: its name, when, and why it failed if it did."""
        ...


class Session(Protocol):
    """One conversation, or one task. Pure, but for what its :class:`Talk` does."""

    async def carry_out(self, talk: Talk) -> Outcome:
        """Go through it. Ends by itself: by turns, at the latest."""
        ...


@runtime_checkable
class Sessions(Protocol):
    """A workload of whole sessions, with random access. An arrival of a load begins one, as a user of it does."""

    def session(self, index: int, seed: int) -> Session:
        """Session ``index`` (from 0); a pure function of both arguments."""
        ...
