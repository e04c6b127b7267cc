"""What is promised: objectives, their lists and their verdicts."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.estimate import Estimate

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
"""How a value is compared with its limit, by the operator's text: single values, or arrays of them."""


@dataclass(frozen=True)
class Objective:
    """One promise, as ``ttft.p95 < 500ms``.

    :param text: as the user wrote it.
    :param metric: name of the metric.
    :param statistic: ``mean``, ``max`` or ``p95`` ...; None for a metric that is one number, or per request.
    :param operator: ``<``, ``<=``, ``>`` or ``>=``.
    :param limit: in SI units.
    :param per_request: it is a promise about each request, and defines goodput.
    :param sla: name of the list that it is from; empty where it stands by itself.
    """

    text: str
    metric: str
    statistic: str | None
    operator: str
    limit: float
    per_request: bool = False
    sla: str = ""

    @property
    def upper(self) -> bool:
        """The limit is a ceiling."""
        return self.operator.startswith("<")

    def holds(self, value: float) -> bool:
        """Whether ``value`` keeps the promise."""
        return bool(OPERATORS[self.operator](float(value), self.limit))


class Sla:
    """A named list of objectives, written as text.

    :param objectives: such as ``"ttft.p95 < 500ms"``; read when tests are collected, so a mistake is a usage error.
    :param name: what reports call it; they do not where it has none.
    """

    __slots__ = ("name", "objectives")

    def __init__(self, *objectives: str, name: str = "") -> None:
        if not objectives:
            raise UsageError(f'{name or "Sla"}: an SLA needs at least one objective, such as "ttft.p95 < 500ms"')
        for one in objectives:
            if not isinstance(one, str):
                raise UsageError(f'{name or "Sla"}: an objective is text, such as "ttft.p95 < 500ms", not {one!r}')
        self.objectives = objectives
        self.name = name

    def __repr__(self) -> str:
        return f"Sla({', '.join(map(repr, self.objectives))}, name={self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sla) and (self.name, self.objectives) == (other.name, other.objectives)

    def __hash__(self) -> int:
        return hash((self.name, self.objectives))


class Outcome(str, Enum):
    """What the data say of an objective."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


@dataclass(frozen=True)
class Verdict:
    """An objective, judged.

    :param estimate: what was measured, with the interval that the verdict rests on.
    :param reason: why, in a few words for people.
    """

    objective: Objective
    outcome: Outcome
    estimate: Estimate
    reason: str
