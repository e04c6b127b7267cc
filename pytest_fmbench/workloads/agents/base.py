"""A task's plan, as it can be told to a model that has no wits of its own: the mock server's agent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

PLAN_MARK = "\n\nPlan: "
"""What stands before a plan in a question."""


@dataclass(frozen=True)
class Wanted:
    """A tool call of a plan."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How a task is done.

    :param steps: what is called, one after the other; what stands in one step can be called at once.
    :param answer: what is said at the end.
    :param index: which session it is, where that is known.
    """

    steps: Sequence[Sequence[Wanted]]
    answer: str
    index: int = 0

    def told(self) -> str:
        """What stands behind a question, where the plan is told."""
        steps = [[{"name": one.name, "arguments": one.arguments} for one in step] for step in self.steps]
        return PLAN_MARK + json.dumps({"index": self.index, "steps": steps, "answer": self.answer}, ensure_ascii=False)


def plan_in(text: str) -> Plan | None:
    """The plan that a question tells; None where it tells none."""
    _, mark, told = text.rpartition(PLAN_MARK)
    if not mark:
        return None
    said = json.loads(told)
    steps = [[Wanted(one["name"], one["arguments"]) for one in step] for step in said["steps"]]
    return Plan(steps, said["answer"], said["index"])


def is_failure(result: str) -> bool:
    """Whether a tool's result says that the tool failed, as :func:`failure` writes it."""
    return result.startswith('{"error":')


def failure(why: str) -> str:
    """What a model is told of a call that came to nothing."""
    return json.dumps({"error": why}, ensure_ascii=False)


def sound(text: str) -> str:
    """Text that can be sent and kept: a model can write half a surrogate pair, and a tool repeat it."""
    return text.encode("utf-8", "replace").decode()
