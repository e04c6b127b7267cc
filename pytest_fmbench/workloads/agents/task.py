"""What an agent is to do, with what, and how one sees that it is done."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.agents.base import Plan
from pytest_fmbench.workloads.agents.schema import Schema, check_schema, problem_of
from pytest_fmbench.workloads.agents.tool import SubAgent, Tool

SYSTEM = "You solve tasks with the tools that you have. Call tools until you know the answer, then say it briefly."


@dataclass(frozen=True)
class Task:
    """One task.

    :param question: what the user asks.
    :param tools: that may be called.
    :param check: whether the final answer and the state that the tools left are right. Pure. The answer is text; where
        there is an ``answer_schema``, what its JSON holds. None where nothing can be judged.
    :param state: that the tools find, copied for each session.
    :param answer_schema: JSON schema that the final answer has to follow.
    :param plan: how it can be done; told to a model only where the workload says so.
    :raises UsageError: for two tools of one name, or a schema that answers cannot be judged by.
    """

    question: str
    tools: tuple[Tool | SubAgent, ...]
    check: Callable[[Any, Mapping[str, Any]], bool] | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    answer_schema: Schema | None = None
    plan: Plan | None = None
    system: str = SYSTEM

    def __post_init__(self) -> None:
        names = [tool.name for tool in self.tools]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise UsageError(f"a task has two tools of one name: {', '.join(sorted(twice))}")
        if self.answer_schema is not None:
            check_schema(self.answer_schema)

    def judge(self, answer: str, state: Mapping[str, Any]) -> bool | None:
        """Whether it is done; None where that cannot be judged."""
        if self.answer_schema is None:
            return None if self.check is None else self.check(answer, state)
        try:
            said = json.loads(answer)
        except (ValueError, RecursionError):
            return False
        if problem_of(said, self.answer_schema, "answer"):
            return False
        return True if self.check is None else self.check(said, state)


Maker = Callable[[Random], Task]
"""Makes a task of what it draws, so that no two are alike and no cache knows them."""


def says(answer: str, *wanted: object) -> bool:
    """Whether an answer has all of these words or numbers in it, each on its own: 41 does not stand in 141 or 41.5."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", answer)  # 1,234
    return all(_holds(plain, str(one)) for one in wanted)


def _holds(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?!\w|[.-]\w)", text, re.IGNORECASE) is not None
