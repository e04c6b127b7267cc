"""Short chats, as people have them with an assistant."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.prompt import Message, Prompt

_ASKS = (
    "Explain {topic} to {listener}.",
    "Write a short letter to {listener} about {topic}.",
    "Give me five facts on {topic} that would surprise {listener}.",
    "Plan an afternoon around {topic} for {listener}.",
    "What do people get wrong about {topic}? I want to tell {listener}.",
    "Write a poem on {topic}, to be read aloud to {listener}.",
    "How did {topic} change over the last century? Keep it simple, {listener} will read it.",
    "Make a quiz of three questions on {topic} for {listener}.",
    "Help me start a talk on {topic} in front of {listener}.",
    "Compare {topic} with something that {listener} knows from daily life.",
    "Tell a story in which {topic} matters to {listener}.",
    "What should {listener} ask before spending money on {topic}?",
)
_TOPICS = (
    "tides", "bread", "bridges", "honeybees", "railway time", "glass", "maps", "rain", "chess", "compost",
    "lighthouses", "migration of birds", "paper", "clocks", "salt", "river locks", "volcanoes", "radio",
    "apple trees", "bicycles", "dreams", "soap", "coral reefs", "the alphabet", "windmills", "tea", "fog",
    "coins", "owls", "public libraries",
)  # fmt: skip
_LISTENERS = (
    "a ten-year-old", "my grandmother", "a new colleague", "a sceptical engineer", "a football team", "a night nurse",
    "a visitor from abroad", "a retired teacher", "a busy mayor", "my neighbour's twins", "a first-year student",
    "a ship's cook", "a patient gardener", "a jazz drummer", "a tired commuter", "a village council", "a young baker",
    "an amateur astronomer", "a book club", "a curious parrot",
)  # fmt: skip
_COMBINATIONS = len(_ASKS) * len(_TOPICS) * len(_LISTENERS)


@dataclass(frozen=True)
class Chat:
    """Single questions of about 20 words; see :func:`chat`."""

    output_tokens: int

    def prompt(self, index: int, seed: int) -> Prompt:
        """Question ``index``: all combinations come once, in an order drawn from ``seed``, before one comes again."""
        # the generator only supplies variety; a step that shares no factor with the count visits everything once
        start, step = _walk(seed)
        place = (start + index * step) % _COMBINATIONS
        place, ask = divmod(place, len(_ASKS))
        listener, topic = divmod(place, len(_TOPICS))
        text = _ASKS[ask].format(topic=_TOPICS[topic], listener=_LISTENERS[listener])
        return Prompt((Message("user", text),), max_tokens=self.output_tokens)


def chat(output_tokens: int = 64) -> Chat:
    """Short questions written for this project, no two alike within 7,200; replies end by themselves or are cut.

    :param output_tokens: tokens after which a reply is cut.
    :raises UsageError: for less than one output token.
    """
    if not isinstance(output_tokens, int) or output_tokens < 1:
        raise UsageError(f"chat(output_tokens={output_tokens}): a reply needs at least one token")
    return Chat(output_tokens)


@lru_cache(maxsize=64)
def _walk(seed: int) -> tuple[int, int]:
    drawn = random.Random(seed)  # noqa: S311  # variety, not secrecy
    return drawn.randrange(_COMBINATIONS), drawn.choice([7, 11, 13, 17, 19, 23, 1009, 2003, 3001, 5003])
