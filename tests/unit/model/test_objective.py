from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import pytest

from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.objective import Objective, Sla


def objective(operator: str, limit: float = 0.5) -> Objective:
    return Objective("text", "ttft", "p95", operator, limit)


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
    ],
)
def test_an_operator_holds_where_it_says(operator: str, below: bool, at: bool, above: bool) -> None:
    holds = objective(operator).holds
    assert (holds(0.4), holds(0.5), holds(0.6)) == (below, at, above)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_nothing_holds_of_what_could_not_be_computed(operator: str) -> None:
    assert objective(operator).holds(math.nan) is False


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_a_limit_is_a_ceiling_or_a_floor(operator: str) -> None:
    promise = objective(operator)
    assert promise.upper is promise.holds(-math.inf) is not promise.holds(math.inf)


def test_an_sla_is_its_name_and_objectives() -> None:
    sla = Sla("a < 1s", "b < 1s", name="fast")
    assert (sla.name, sla.objectives) == ("fast", ("a < 1s", "b < 1s"))
    assert repr(sla) == "Sla('a < 1s', 'b < 1s', name='fast')"


def test_slas_that_say_the_same_are_equal() -> None:
    assert Sla("a < 1s", name="n") == Sla("a < 1s", name="n")
    assert hash(Sla("a < 1s", name="n")) == hash(Sla("a < 1s", name="n"))


@pytest.mark.parametrize("other", [Sla("a < 1s", name="m"), Sla("b < 1s"), Sla("a < 1s", "b < 1s"), "a < 1s", None])
def test_slas_that_say_anything_else_are_not(other: object) -> None:
    assert Sla("a < 1s") != other


def test_the_order_of_objectives_is_part_of_an_sla() -> None:
    assert Sla("a < 1s", "b < 1s") != Sla("b < 1s", "a < 1s")


def test_an_sla_survives_copying_and_pickling() -> None:
    sla = Sla("a < 1s", name="fast")
    assert copy.deepcopy(sla) == pickle.loads(pickle.dumps(sla)) == sla  # noqa: S301


def test_an_sla_without_objectives_is_refused() -> None:
    with pytest.raises(UsageError, match=r'^fast: an SLA needs at least one objective, such as "ttft\.p95 < 500ms"$'):
        Sla(name="fast")


@pytest.mark.parametrize("wrong", [["ttft.p95 < 500ms"], 0.5, None, Sla("ttft.p95 < 500ms")])
def test_an_objective_that_is_no_text_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match="objective"):
        Sla(wrong)
