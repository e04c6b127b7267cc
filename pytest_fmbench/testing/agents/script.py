"""A server whose model plays an agent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pytest_fmbench.model.draws import Distribution, constant
from pytest_fmbench.testing.agents.policy import Failings, next_said
from pytest_fmbench.testing.agents.speaking import spoken, tokens_of
from pytest_fmbench.testing.asked import Asked
from pytest_fmbench.testing.healthy import answer_of_get
from pytest_fmbench.testing.plan import Timing, words
from pytest_fmbench.testing.responses import refusal
from pytest_fmbench.testing.shapes.openai_chat import SHAPE
from pytest_fmbench.testing.steps import Step

_AT_ONCE = constant(0)
_PERFECT = Failings()


@dataclass(frozen=True)
class Agent:
    """Made by :func:`agent`."""

    failings: Failings
    timing: Timing
    context: int | None

    def __call__(self, asked: Asked) -> Iterable[Step]:
        """Its answer; 404 and 400 as a healthy server of OpenAI's chat gives them."""
        if asked.method == "GET":
            return [answer_of_get(asked)]
        if not SHAPE.paths.fullmatch(asked.path.partition("?")[0]):
            return [refusal(404, f"no route {asked.method} {asked.path} for an agent: {SHAPE.paths.pattern}")]
        messages = asked.json.get("messages")
        if not messages:
            return [refusal(400, "the body is no JSON object with messages")]
        size = words(asked.json)
        if self.context is not None and size > self.context:
            return [refusal(400, f"{size} tokens: the request exceeds the available context size, try increasing it")]
        deltas = tokens_of(next_said(messages, self.failings))
        timing = replace(self.timing, output_tokens=constant(len(deltas)))
        plan = timing.plan(asked.index, SHAPE.limit(asked.json), size)
        return spoken(asked, plan, deltas, cached(messages))


def agent(
    failings: Failings = _PERFECT,
    *,
    ttft: Distribution = _AT_ONCE,
    itl: Distribution = _AT_ONCE,
    context: int | None = None,
    seed: int = 0,
) -> Agent:
    """A server of OpenAI's chat whose model calls tools as the plan says that stands in the question.

    Such questions come of ``agentic(..., plan_told=True)``. Tokens of a prompt are its words; those that the request
    before asked are told to have been cached.

    :param failings: what it does wrong; without them it is perfect.
    :param ttft: seconds from when a request has been read to its first token.
    :param itl: seconds between tokens.
    :param context: the most words that a prompt may have; None is no end.
    :param seed: of the times.
    """
    return Agent(failings, Timing(ttft, itl, None, seed), context)


def cached(messages: list[dict[str, Any]]) -> int:
    """Tokens of the request before in this conversation: of all that stands before the last reply; 0 for the first."""
    last = max((at for at, one in enumerate(messages) if one.get("role") == "assistant"), default=0)
    return words({"messages": messages[:last]}) if last else 0
