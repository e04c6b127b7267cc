"""When each token of a reply is due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

from pytest_fmbench.model.draws import Distribution

TOKENS = 16
"""Output tokens where neither the script nor the request says how many; OpenAI's own for completions."""


@dataclass(frozen=True)
class Plan:
    """What a shape puts into its wire form.

    :param at_s: when each token is due, in seconds after the request was read; at least one.
    :param limited: whether the reply ends because it has reached the most that was asked for.
    :param input_tokens: the prompt's, by our count of its words.
    """

    at_s: Sequence[float]
    limited: bool
    input_tokens: int

    @property
    def tokens(self) -> int:
        """Output tokens."""
        return len(self.at_s)


@dataclass(frozen=True)
class Timing:
    """Distributions from which a plan is drawn; see :func:`pytest_fmbench.testing.healthy`."""

    ttft: Distribution
    itl: Distribution
    output_tokens: Distribution | None
    seed: int

    def plan(self, index: int, limit: int | None, input_tokens: int) -> Plan:
        """The plan of the request of this ``index``, who asks for at most ``limit`` output tokens."""
        tokens = self._tokens(index, limit)
        gaps = self.itl.draws(self._seed(index, "itl"), tokens - 1)
        at_s = list(accumulate(chain(self.ttft.draws(self._seed(index, "ttft"), 1), gaps)))
        return Plan(at_s, tokens == limit, input_tokens)

    def _tokens(self, index: int, limit: int | None) -> int:
        if self.output_tokens is None:
            return max(1, TOKENS if limit is None else limit)
        drawn = round(self.output_tokens.draws(self._seed(index, "output_tokens"), 1)[0])
        return max(1, drawn if limit is None else min(drawn, limit))

    def _seed(self, index: int, what: str) -> str:
        return f"{self.seed}/{index}/{what}"


_ASKED = ("system", "messages", "prompt", "inputs", "text_input", "input", "query", "documents", "texts")
"""Where shapes have the prompt."""


def words(body: dict[str, Any]) -> int:
    """Words of a request's prompt, whatever its shape calls it; at least one."""
    asked = [body.get(name) for name in _ASKED]
    return max(1, sum(len(text.split()) for text in _texts(asked)))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from _texts([value.get("content"), value.get("text")])
