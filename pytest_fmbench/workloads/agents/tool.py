"""A tool that an agent may call: a Python function, and what the model is told of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model import prompt
from pytest_fmbench.workloads.agents.schema import Schema, check_schema, problem_of

if TYPE_CHECKING:
    from pytest_fmbench.workloads.agents.task import Task

State = MutableMapping[str, Any]
"""What a task's tools look at and change; each session has its own."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What OpenAI, Anthropic and Bedrock take as a tool's name."""


@dataclass(frozen=True)
class Offered:
    """What a model is told of a tool.

    :param parameters: JSON schema of the arguments, an object.
    :raises UsageError: for a name that servers refuse, or a schema that calls cannot be judged by.
    """

    name: str
    description: str
    parameters: Schema

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise UsageError(f"a tool called {self.name!r}: a name is up to 64 of a-z, A-Z, 0-9, _ and -")
        if self.parameters.get("type") != "object":
            raise UsageError(f"tool {self.name}: its parameters are a JSON schema of an object, such as {_EXAMPLE}")
        check_schema(self.parameters)

    @property
    def told(self) -> prompt.Tool:
        """As it stands in a request."""
        return prompt.Tool(self.name, self.description, self.parameters)


@dataclass(frozen=True)
class Tool(Offered):
    """A tool that does something at once, and in no time: how long it takes is the workload's ``tool_latency``.

    :param function: is called with the task's state and the arguments by name; gives text, or what JSON can hold.
        Whatever it raises is told to the model, as :class:`ToolError` is meant to be.
    """

    function: Callable[..., object]

    def use(self, state: State, arguments: Mapping[str, object]) -> str:
        """What it gives, as text."""
        given = self.function(state, **arguments)
        return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


@dataclass(frozen=True)
class SubAgent(Offered):
    """A tool that is another agent, with a conversation of its own. Its final answer is the result.

    :param task: the task that it is given, from the state of the one who calls it, and the arguments by name.
    """

    task: Callable[..., Task]


class ToolError(Exception):
    """A tool could not do what it was asked; the model is told why."""


@dataclass(frozen=True)
class Checked:
    """A call that a model made, held against the tools that there are.

    :param tool: None where there is none of this name.
    :param problem: why it is not valid; None where it is.
    """

    tool: Tool | SubAgent | None
    arguments: Mapping[str, object]
    problem: str | None


def checked(call: prompt.ToolCall, tools: Mapping[str, Tool | SubAgent]) -> Checked:
    """Whether a call is valid: it names a tool, and its arguments are JSON that the tool's schema allows."""
    tool = tools.get(call.name)
    if tool is None:
        return Checked(None, {}, f"there is no tool {call.name!r:.70}, only {', '.join(tools) or 'none'}")
    try:
        arguments = json.loads(call.arguments) if call.arguments.strip() else {}  # as some write that there are none
        problem = problem_of(arguments, tool.parameters, "arguments")
    except (ValueError, RecursionError) as error:
        return Checked(tool, {}, f"the arguments are no JSON: {error}")
    return Checked(tool, {} if problem else arguments, problem)


_EXAMPLE = '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}'
