"""What a model says next that has no wits: it looks at the conversation, and goes on by the plan in its question.

What it does wrong, it does by count, so that the share of it is known: calls are counted in their own conversation, and
tasks by their index, so that no figure depends on who asks when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.workloads.agents.base import Plan, Wanted, is_failure, plan_in

Messages = Sequence[Mapping[str, Any]]
"""A conversation in OpenAI's form."""

UNKNOWN = "no_such_tool"
NO_PLAN = "I can follow plans, and this question tells none."
WRONG = "I could not find it out."


@dataclass(frozen=True)
class Failings:
    """What an agent does wrong; each is at its best with 0.

    :param broken_every: of the calls of a conversation, the one whose arguments are no JSON: every so many-th.
    :param unknown_every: likewise, one that names a tool which there is not.
    :param invalid_every: likewise, one that has not the arguments that its tool needs.
    :param wrong_every: every so many-th task ends with a wrong answer.
    :param endless: it calls its first tool again and again.
    :param stuck: it makes the same broken call again and again.
    """

    broken_every: int = 0
    unknown_every: int = 0
    invalid_every: int = 0
    wrong_every: int = 0
    endless: bool = False
    stuck: bool = False

    def __post_init__(self) -> None:
        for name in ("broken_every", "unknown_every", "invalid_every", "wrong_every"):
            if getattr(self, name) < 0:
                raise UsageError(f"Failings({name}={getattr(self, name)!r}): give a whole number; 0 is never")


@dataclass(frozen=True)
class Call:
    """A tool call, in the model's own words."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Said:
    """What the model says: text, or calls."""

    text: str = ""
    calls: tuple[Call, ...] = ()


def next_said(messages: Messages, failings: Failings) -> Said:
    """What is said next in this conversation."""
    question = next((str(one.get("content")) for one in messages if one.get("role") == "user"), "")
    plan = plan_in(question)
    if plan is None:
        return Said(NO_PLAN)
    made = [call for one in messages for call in one.get("tool_calls") or ()]
    wanted = _pending(plan, made, messages, failings)
    if wanted:
        return Said(calls=tuple(_call(nth, one, failings) for nth, one in enumerate(wanted, len(made))))
    return Said(WRONG if _hits(plan.index, failings.wrong_every) else plan.answer)


def _pending(plan: Plan, made: Sequence[Mapping[str, Any]], messages: Messages, failings: Failings) -> Sequence[Wanted]:
    """What of the first step that is not done is still to be called."""
    if failings.endless or failings.stuck:
        return plan.steps[0][:1]
    results = {one["tool_call_id"]: str(one["content"]) for one in messages if one.get("role") == "tool"}
    done = [
        Wanted(call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in made
        if not is_failure(results[call["id"]])
    ]
    for step in plan.steps:
        left = []
        for one in step:
            if one in done:
                done.remove(one)
            else:
                left.append(one)
        if left:
            return left
    return ()


def _call(nth: int, wanted: Wanted, failings: Failings) -> Call:
    """A call, the ``nth`` of its conversation, as the model makes it."""
    name, arguments = wanted.name, json.dumps(wanted.arguments, ensure_ascii=False)
    if failings.stuck or _hits(nth, failings.broken_every):
        arguments = arguments[:-1]
    elif _hits(nth, failings.unknown_every):
        name = UNKNOWN
    elif _hits(nth, failings.invalid_every):
        arguments = '{"nothing": null}'
    return Call(f"call_{nth}", name, arguments)


def _hits(nth: int, every: int) -> bool:
    return bool(every) and nth % every == every - 1
