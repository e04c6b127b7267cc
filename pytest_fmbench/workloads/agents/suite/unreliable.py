"""A tool that fails, as tools do."""

from __future__ import annotations

from random import Random

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.suite.calculator import result_is
from pytest_fmbench.workloads.agents.task import Task
from pytest_fmbench.workloads.agents.tool import State, Tool, ToolError


def fetch(state: State, /, *, page: str) -> object:
    """A page, but not at the first try."""
    if page not in state["pages"]:
        raise ToolError(f"there is no page {page!r}")
    state["tries"] += 1
    if state["tries"] == 1:
        raise ToolError("the connection was lost, try again")
    return state["pages"][page]


FETCH = Tool(
    "fetch",
    "Fetches a page of the handbook. The line is bad: what is lost can be asked for again.",
    {
        "type": "object",
        "properties": {"page": {"type": "string", "maxLength": 40}},
        "required": ["page"],
        "additionalProperties": False,
    },
    fetch,
)


def ask_again(drawn: Random) -> Task:
    """Two calls, since the first one fails."""
    page, number = f"chapter-{drawn.randint(10, 99)}", drawn.randint(10_000, 99_999)
    answer, check = result_is(number)
    state = {"tries": 0, "pages": {page: f"The valve has the number {number}."}}
    question = f"Which number has the valve? It stands on the page {page} of the handbook."
    return Task(question, (FETCH,), check, state, plan=Plan([[Wanted("fetch", {"page": page})]], answer))
