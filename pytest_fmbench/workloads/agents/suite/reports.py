"""Answers that have to follow a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from pytest_fmbench.workloads.agents.base import Plan, Wanted
from pytest_fmbench.workloads.agents.suite.stores import GET, KEYS
from pytest_fmbench.workloads.agents.task import Task

_FRUITS = ("apples", "pears", "plums", "cherries", "quinces", "figs", "dates", "limes")


def stock_report(drawn: Random) -> Task:
    """Three calls at once, and JSON at the end."""
    fruits = drawn.sample(_FRUITS, 3)
    stock = dict(zip(fruits, drawn.sample(range(100, 999), 3), strict=True))
    right = {"total": sum(stock.values()), "most": max(stock, key=lambda fruit: stock[fruit])}

    def check(answer: dict[str, Any], _: Mapping[str, Any]) -> bool:
        return answer == right

    schema = {
        "type": "object",
        "properties": {"total": {"type": "integer"}, "most": {"type": "string", "enum": fruits}},
        "required": ["total", "most"],
        "additionalProperties": False,
    }
    steps = ([Wanted("get", {"key": f"stock/{fruit}"}) for fruit in fruits],)
    question = (
        f"The store has how many {', '.join(fruits)} there are, under keys such as stock/{fruits[0]}. Answer by JSON: "
        '"total", how many there are together, and "most", of which there are the most.'
    )
    return Task(
        question,
        (GET, KEYS),
        check,
        {f"stock/{fruit}": count for fruit, count in stock.items()},
        answer_schema=schema,
        plan=Plan(steps, json.dumps(right)),
    )
