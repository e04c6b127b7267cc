"""Arithmetic, one operation a call."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.task import Task, says
from pytest_fmbench.workloads.agents.tool import State, Tool, ToolError

_OPERATIONS = ("add", "subtract", "multiply", "divide")


def calculate(_: State, /, *, operation: str, a: float, b: float) -> float:
    """One operation on two numbers."""
    if operation == "divide":
        if b == 0:
            raise ToolError("nothing can be divided by 0")
        return a / b
    return {"add": a + b, "subtract": a - b, "multiply": a * b}[operation]


CALCULATE = Tool(
    "calculate",
    "Computes with two numbers.",
    {
        "type": "object",
        "properties": {
            "operation": {"type": "string", "enum": list(_OPERATIONS)},
            "a": {"type": "number", "description": "the first number"},
            "b": {"type": "number", "description": "the second number"},
        },
        "required": ["operation", "a", "b"],
        "additionalProperties": False,
    },
    calculate,
)


def computed(operation: str, a: float, b: float) -> Wanted:
    """A call of the calculator, as a plan has it."""
    return Wanted("calculate", {"operation": operation, "a": a, "b": b})


def result_is(number: object) -> tuple[str, Any]:
    """What an answer of this number says, and what sees that it does."""

    def check(answer: str, _: Mapping[str, Any]) -> bool:
        return says(answer, number)

    return f"The result is {number}.", check


def sum_of_two(drawn: Random) -> Task:
    """One call."""
    a, b = drawn.randint(1000, 9999), drawn.randint(1000, 9999)
    answer, check = result_is(a + b)
    return Task(f"What is {a} + {b}?", (CALCULATE,), check, plan=Plan([[computed("add", a, b)]], answer))


def chained(drawn: Random) -> Task:
    """Three calls, each with what the one before gave."""
    a, b, c, d = drawn.randint(12, 99), drawn.randint(12, 99), drawn.randint(100, 999), drawn.randint(10, 99)
    steps = [computed("multiply", a, b)], [computed("add", a * b, c)], [computed("subtract", a * b + c, d)]
    answer, check = result_is(a * b + c - d)
    return Task(f"Compute {a} * {b} + {c} - {d}, step by step.", (CALCULATE,), check, plan=Plan(steps, answer))


def three_products(drawn: Random) -> Task:
    """Three calls that can be made at once, and two that need them."""
    pairs = [(drawn.randint(11, 99), drawn.randint(11, 99)) for _ in range(3)]
    first, second, third = (a * b for a, b in pairs)
    steps = [
        [computed("multiply", a, b) for a, b in pairs],
        [computed("add", first, second)],
        [computed("add", first + second, third)],
    ]
    answer, check = result_is(first + second + third)
    shown = " + ".join(f"({a} * {b})" for a, b in pairs)
    return Task(f"Compute {shown}.", (CALCULATE,), check, plan=Plan(steps, answer))


def shared_bill(drawn: Random) -> Task:
    """Two calls, from a text."""
    people, each, tip = drawn.randint(3, 9), drawn.randint(11, 48), drawn.randint(1, 6)
    question = (
        f"{people} friends shared a bill evenly and each paid {each} euros. Without the tip of {tip} euros for all of "
        "them together, what was the bill?"
    )
    steps = [computed("multiply", people, each)], [computed("subtract", people * each, tip)]
    answer, check = result_is(people * each - tip)
    return Task(question, (CALCULATE,), check, plan=Plan(steps, answer))
