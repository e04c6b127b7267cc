from __future__ import annotations

import pickle
from random import Random

import pytest

from pytest_fmbench import agentic, agents
from pytest_fmbench.errors import UsageError
from pytest_fmbench.model.draws import exponential
from pytest_fmbench.model.session import Sessions
from pytest_fmbench.workloads.agents.base import Plan, Wanted, plan_in
from pytest_fmbench.workloads.agents.rules import latencies

HELLO = agents.Task("Hello?", ())


def test_it_is_a_workload_of_sessions_that_travels() -> None:
    workload = agentic(tool_latency="exponential:0.1", turns=3)
    assert isinstance(workload, Sessions)
    again = pickle.loads(pickle.dumps(workload))  # noqa: S301  # ours
    assert again == workload
    assert again.session(4, 2).task.question == workload.session(4, 2).task.question
    assert "sum_of_two" in repr(workload)
    assert "turns=3" in repr(workload)


def test_a_task_may_be_given_as_it_is() -> None:
    assert agentic([HELLO]).session(9, 1).task == HELLO


def test_latencies_in_all_ways() -> None:
    given = {"look": 0.5, "": "exponential:2", "fetch": exponential(1)}
    assert latencies(given)["look"].draws("s", 2) == [0.5, 0.5]
    assert latencies(given)[""] == exponential(2)
    assert latencies(1) == latencies({"": 1.0})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tasks": ()}, "give tasks, or functions"),
        ({"tasks": ["sum"]}, "give tasks, or functions"),
        ({"turns": 0}, "agentic(turns=0): give a whole number from 1"),
        ({"output_tokens": 1.5}, "agentic(output_tokens=1.5)"),
        ({"repeats": True}, "agentic(repeats=True)"),
        ({"tool_timeout": 0}, "agentic(tool_timeout=0): give seconds above 0"),
        ({"calls": "xml"}, "unknown way of calling tools 'xml'. Known: json, tools"),
        ({"tool_latency": -1}, "constant: -1.0 is no non-negative number"),
        ({"tool_latency": None}, "agentic(tool_latency=None): give seconds, a distribution"),
        ({"tool_latency": "gaussian:1"}, "unknown distribution 'gaussian'"),
    ],
)
def test_mistakes_are_told_at_once(options: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        agentic(**options)  # type: ignore[arg-type]  # mistakes
    assert says in str(raised.value)


def test_two_tools_of_one_name() -> None:
    look = agents.Tool("look", "", {"type": "object"}, str)
    with pytest.raises(UsageError, match="two tools of one name: look"):
        agents.Task("?", (look, look))


def test_a_plan_is_read_as_it_was_told() -> None:
    plan = Plan([[Wanted("a", {"x": [1, "ü"]}), Wanted("b")], []], "\n\nPlan: {}", 7)
    assert plan_in(f"Do it.{plan.told()}") == plan
    assert plan_in("Do it.") is None
    drawn = agents.SUITE[0](Random(1)).plan  # noqa: S311  # variety
    assert drawn is not None
    assert plan_in(drawn.told()) == Plan([list(step) for step in drawn.steps], drawn.answer)
