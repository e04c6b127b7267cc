"""Both sides of a conversation: a server that remembers what it was told, and a talk that answers by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_fmbench.model.prompt import Prompt
from pytest_fmbench.model.session import Answer
from tests.support.mock_server import END, HEAD, Asked, Script, Step, delta, plain, sse

TOO_LONG = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "request (2111 tokens) exceeds the available context size (2048 tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 2111,
            "n_ctx": 2048,
        }
    }
)
"""As llama.cpp answers."""


def messages_in(asked: Asked) -> list[dict[str, Any]]:
    """The messages of a request."""
    found: list[dict[str, Any]] = json.loads(asked.body)["messages"]
    return found


def turn_of(asked: Asked) -> int:
    """Which turn of its conversation it is, from 1; other requests are none."""
    return sum(message["role"] == "user" for message in messages_in(asked)) if asked.body else 0


def tokens_in(messages: Sequence[dict[str, Any]]) -> int:
    """A word is a token."""
    return sum(len(message["content"].split()) for message in messages)


def remembering(tokens: int = 2, gap_s: float = 0.001, *, breaks: Callable[[int], Sequence[Step] | None]) -> Script:
    """Answers turn k with ``k.0 k.1 ...``, and says that it had all but the last question in its cache.

    :param breaks: what it does in a turn instead; None where it does as it should.
    """

    def script(asked: Asked) -> Sequence[Step]:
        messages, turn = messages_in(asked) if asked.body else [], turn_of(asked) if asked.body else 0
        if not messages:
            return plain(404, "{}")
        if (broken := breaks(turn)) is not None:
            return broken
        words = [step for nth in range(tokens) for step in (gap_s, sse(delta(f"{turn}.{nth} ")))]
        counts = {
            "prompt_tokens": tokens_in(messages),
            "completion_tokens": tokens,
            "prompt_tokens_details": {"cached_tokens": tokens_in(messages[:-1])},
        }
        return [HEAD, *words, sse(delta(finish="length"), {"choices": [], "usage": counts}, b"[DONE]"), END]

    return script


def healthy(_: int) -> None:
    """Breaks nothing."""


@dataclass
class Alone:
    """A talk without a server: ``say`` answers, and nothing takes time.

    :ivar prompts: what was asked.
    :ivar thought: how long was thought, in seconds.
    :ivar used: tools, how long each took, and why it failed.
    """

    say: Callable[[Prompt], Answer] = lambda prompt: Answer(f"answer {len(prompt.messages)}")
    prompts: list[Prompt] = field(default_factory=list)
    thought: list[float] = field(default_factory=list)
    used: list[tuple[str, float, str | None]] = field(default_factory=list)

    async def ask(self, prompt: Prompt) -> Answer:
        self.prompts.append(prompt)
        return self.say(prompt)

    async def think(self, seconds: float) -> None:
        self.thought.append(seconds)

    async def use(self, tool: str, seconds: float, error: str | None = None) -> None:
        self.used.append((tool, seconds, error))
