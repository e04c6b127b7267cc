from __future__ import annotations

from copy import deepcopy
from random import Random

import pytest

from pytest_fmbench import agentic, agents
from pytest_fmbench.model.session import Outcome, TaskEnd
from pytest_fmbench.testing import Failings
from pytest_fmbench.workloads.agents.agent import AgentSession
from pytest_fmbench.workloads.agents.rules import Rules
from pytest_fmbench.workloads.agents.task import Maker, Task, says
from tests.support.talks import FakeTalk, carried_out

TOLD = Rules(turns=12, plan_told=True)
each_of_the_suite = pytest.mark.parametrize("maker", agents.SUITE, ids=lambda maker: maker.__name__)


def made(maker: Maker, seed: int = 0) -> Task:
    return maker(Random(seed))  # noqa: S311  # variety


def worked(task: Task, failings: Failings) -> Outcome:
    return carried_out(AgentSession(task, TOLD, "s"), FakeTalk(failings))


@each_of_the_suite
def test_who_follows_the_plan_succeeds(maker: Maker) -> None:
    outcomes = [worked(made(maker, seed), Failings()) for seed in range(40)]
    assert {(one.end, one.success, one.valid_tool_calls == one.tool_calls > 0) for one in outcomes} == {
        (TaskEnd.DONE, True, True)
    }


@each_of_the_suite
@pytest.mark.parametrize("answer", ["", "I could not find it out.", "{}", "0", "[" * 100_000])
def test_who_does_nothing_does_not(maker: Maker, answer: str) -> None:
    task = made(maker)
    assert task.judge(answer, deepcopy(dict(task.state))) is False


@each_of_the_suite
def test_no_two_are_alike(maker: Maker) -> None:
    found = [made(maker, seed) for seed in range(40)]
    assert len({repr((task.question, task.state)) for task in found}) > 30
    assert made(maker, 3).question == made(maker, 3).question


@each_of_the_suite
def test_the_question_does_not_give_the_answer_away(maker: Maker) -> None:
    task = made(maker)
    state_counts = task.plan is not None and task.judge(task.plan.answer, deepcopy(dict(task.state))) is False
    assert state_counts or not task.judge(task.question, deepcopy(dict(task.state)))


def test_the_suite_has_what_agents_do() -> None:
    tasks = [made(maker) for maker in agents.SUITE]
    plans = [task.plan for task in tasks if task.plan is not None]
    assert len(plans) == len(tasks) == 18
    assert any(len(step) > 2 for plan in plans for step in plan.steps)
    assert max(len(plan.steps) for plan in plans) >= 5
    assert any(task.answer_schema for task in tasks)
    assert any(isinstance(tool, agents.SubAgent) for task in tasks for tool in task.tools)


def test_all_of_it_once_before_any_again() -> None:
    workload = agentic(plan_told=True)
    turns = [[workload.session(turn * 18 + at, seed=5).task.question for at in range(18)] for turn in range(2)]
    names = [[workload.session(turn * 18 + at, seed=5).task.tools for at in range(18)] for turn in range(2)]
    assert turns[0] != turns[1]
    assert sorted(map(repr, names[0])) == sorted(map(repr, names[1]))
    assert workload.session(7, seed=5).task.question == turns[0][7]
    assert workload.session(7, seed=6).task.question != turns[0][7]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("It is 42.", True),
        ("42", True),
        ("=42!", True),
        ("142", False),
        ("42.5", False),
        ("-42", False),
        ("4 2", False),
    ],
)
def test_a_number_stands_on_its_own(text: str, holds: bool) -> None:
    assert says(text, 42) is holds


def test_thousands_may_be_set_apart() -> None:
    assert says("The result is 12,345,678.", 12345678)
    assert says("gold-77 and Silver", "silver", "gold-77")
