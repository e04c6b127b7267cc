"""How a model is told of tools, and how it calls them: through the server's own interface, or by JSON in its text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from pytest_fmbench.model.prompt import Message, Prompt, ToolCall
from pytest_fmbench.model.session import Answer
from pytest_fmbench.workloads.agents.base import sound
from pytest_fmbench.workloads.agents.rules import Rules
from pytest_fmbench.workloads.agents.task import Task

_SOUND_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BEGUN_ANSWER = re.compile(r'\s*\{\s*"answer"\s*:\s*"?(.*)', re.DOTALL)
_TEXT = {"type": "string"}
_HOW = (
    "\n\nTools:\n{tools}\n\nReply with one JSON object and nothing else: "
    '{{"tool": NAME, "arguments": {{...}}}} to use a tool, or {{"answer": ...}} once you know the answer.'
)


class Manner(Protocol):
    """One of them."""

    def opening(self, task: Task) -> str:
        """What the system's message says."""
        ...

    def prompt(self, said: Sequence[Message], task: Task, rules: Rules) -> Prompt:
        """The request that a conversation goes on with."""
        ...

    def heard(self, answer: Answer) -> Answer:
        """What the model wants, whether it calls or answers."""
        ...

    def told(self, answer: Answer, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """How a conversation goes on once the ``calls`` that the model made have their results."""
        ...


class ByTools:
    """By ``tools`` of the request, and the tool calls of the reply."""

    def opening(self, task: Task) -> str:
        """See :class:`Manner`."""
        return task.system

    def prompt(self, said: Sequence[Message], task: Task, rules: Rules) -> Prompt:
        """See :class:`Manner`."""
        fields = dict(rules.fields)
        if task.answer_schema is not None and rules.structured:
            fields["response_format"] = _format(task.answer_schema)
        return Prompt(tuple(said), rules.output_tokens, tools=tuple(tool.told for tool in task.tools), fields=fields)

    def heard(self, answer: Answer) -> Answer:
        """See :class:`Manner`."""
        return answer

    def told(self, answer: Answer, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """See :class:`Manner`."""
        made = Message("assistant", answer.text, tool_calls=tuple(map(_repeatable, calls)))
        given = zip(calls, results, strict=True)
        return [made, *(Message("tool", sound(result), answers=call.call_id) for call, result in given)]


class ByJson:
    """By text: the system's message lists tools, ``response_format`` makes each reply a call or an answer."""

    def opening(self, task: Task) -> str:
        """See :class:`Manner`."""
        takes = [json.dumps(tool.parameters.get("properties", {})) for tool in task.tools]
        lines = (f"{one.name}: {one.description} {what}" for one, what in zip(task.tools, takes, strict=True))
        return task.system + _HOW.format(tools="\n".join(lines))

    def prompt(self, said: Sequence[Message], task: Task, rules: Rules) -> Prompt:
        """See :class:`Manner`."""
        calls = [_object(tool={"const": tool.name}, arguments=dict(tool.parameters)) for tool in task.tools]
        wanted = {"anyOf": [*calls, _object(answer=dict(task.answer_schema or _TEXT))]}
        return Prompt(tuple(said), rules.output_tokens, fields={**rules.fields, "response_format": _format(wanted)})

    def heard(self, answer: Answer) -> Answer:
        """See :class:`Manner`. What was cut is a call that is not valid; an answer, if it had begun to be one."""
        try:
            said = json.loads(answer.text)
        except (ValueError, RecursionError):
            said = None
        if isinstance(said, dict) and "answer" in said:
            final = said["answer"]
            return replace(answer, text=final if isinstance(final, str) else json.dumps(final))
        if said is None and (begun := _BEGUN_ANSWER.match(answer.text)):
            return replace(answer, text=begun[1])
        if isinstance(said, dict) and "tool" in said:
            call = ToolCall("call", str(said["tool"]), json.dumps(said.get("arguments")))
        else:
            call = ToolCall("call", "", answer.text)
        return replace(answer, tool_calls=(call,))

    def told(self, answer: Answer, calls: Sequence[ToolCall], results: Sequence[str]) -> list[Message]:
        """See :class:`Manner`."""
        given = (f"{call.name} gave: {sound(result)}" for call, result in zip(calls, results, strict=True))
        return [Message("assistant", answer.text), Message("user", "\n".join(given))]


MANNERS: dict[str, Manner] = {"tools": ByTools(), "json": ByJson()}
"""By the name that :func:`~pytest_fmbench.workloads.agents.agentic.agentic` knows them by."""


def _object(**properties: object) -> dict[str, object]:
    shape = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
    return dict(shape)


def _format(schema: object) -> dict[str, object]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _repeatable(call: ToolCall) -> ToolCall:
    """A call as servers take it in a conversation: many refuse names and arguments that their own model wrote."""
    name = call.name if _SOUND_NAME.fullmatch(call.name) else "unknown"
    return replace(call, name=name, arguments=call.arguments if _is_object(call.arguments) else "{}")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
