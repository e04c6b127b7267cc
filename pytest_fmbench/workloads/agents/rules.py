"""How an agent goes about its tasks, whatever these are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.draws import Distribution, constant, read
from pytest_fmbench.model.numbers import is_number

_AT_ONCE = constant(0.0)


@dataclass(frozen=True)
class Rules:
    """What bounds an agent, and what its tools take.

    :param turns: requests that a conversation may have; a sub-agent's is one of its own.
    :param output_tokens: of each reply, after which it is cut.
    :param tool_latency: how long tools take, in seconds, by name; that of all others under the empty name.
    :param tool_timeout_s: after which a tool has failed, in seconds.
    :param repeats: how often the same call may fail before its agent is stuck.
    :param parallel: whether tools that are called in one reply work at the same time.
    :param structured: whether a final answer that has a schema is asked for by ``response_format``.
    :param fields: of each request's JSON, beside.
    :param calls: how the model calls tools: by ``tools``, or by ``json`` in its text.
    :param plan_told: whether a task's plan stands in its question.
    """

    turns: int = 8
    output_tokens: int = 256
    tool_latency: Mapping[str, Distribution] = field(default_factory=dict)
    tool_timeout_s: float = 30.0
    repeats: int = 3
    parallel: bool = True
    structured: bool = True
    fields: Mapping[str, object] = field(default_factory=dict)
    calls: str = "tools"
    plan_told: bool = False

    def latency_s(self, tool: str, drawn: str) -> float:
        """How long a tool takes this time, in seconds; the same for the same ``drawn``."""
        found = self.tool_latency.get(tool) or self.tool_latency.get("", _AT_ONCE)
        return found.draws(drawn, 1)[0]


def latencies(given: object) -> dict[str, Distribution]:
    """How long tools take, by name: of one number, text or distribution, or a mapping of names to these.

    :raises UsageError: for what is none of them.
    """
    if isinstance(given, Mapping):
        return {str(name): _latency(one) for name, one in given.items()}
    return {"": _latency(given)}


def _latency(given: object) -> Distribution:
    if is_number(given):
        return constant(float(given))
    if isinstance(given, str):
        return read(given)
    if hasattr(given, "draws"):
        found: Distribution = given
        return found
    raise UsageError(
        f"agentic(tool_latency={given!r}): give seconds, a distribution such as 'lognormal:0.2,0.5', or these by tool"
    )
