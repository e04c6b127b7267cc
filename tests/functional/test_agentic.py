"""Agents, from a case to its figures, against a model whose every call is known before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_fmbench import agentic, otel
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.testing import Failings, agent, serving
from pytest_fmbench.workloads.agents import SubAgent, Task

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import agentic, closed

@pytest.mark.sla("task.e2e.p90 < 60s", "task.success >= {success}%", "tool_calls.valid >= {valid}%")
def test_agents(fmbench, deployment):
    workload = agentic(plan_told=True, turns={turns}, tool_latency=0.002)
    fmbench(deployment, workload, closed(2), requests={requests}, warmup=0, duration=20)
"""
INPROCESS = ("--fmbench-engine", "inprocess")
WORKERS = ("--fmbench-workers", "2")


@dataclass(frozen=True)
class Found:
    """What a run left behind: its tasks that came to an end, its requests, and what was judged."""

    tasks: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    figures: dict[str, Any]
    verdicts: dict[str, str]
    written_tokens: int


def run(
    pytester: pytest.Pytester,
    failings: Failings,
    *options: str,
    passes: bool = True,
    requests: int = 150,
    **numbers: int,
) -> Found:
    pytester.makepyfile(CASE.format(**{"success": 0, "valid": 0, "turns": 30, "requests": requests, **numbers}))
    with serving(agent(failings)) as mock:
        target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
        result = pytester.runpytest_subprocess(*target, "-p", "no:cacheprovider", *options)
        ids = {asked.headers["x-request-id"]: nth for nth, asked in enumerate(mock.asked) if asked.method == "POST"}
        truths = mock.truths()
    result.assert_outcomes(passed=int(passes), failed=int(not passes))
    (case,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    told, measured = json.loads(case.read_text()), read_measurement(case.with_name("requests.parquet"))
    rows = [row for row in measured.requests.to_pylist() if row["status"] == "ok"]
    assert measured.tasks is not None
    tasks = [row for row in measured.tasks.to_pylist() if row["end"] != "censored"]
    written = sum(sum(truths[ids[row["request_id"]]].tokens) for row in rows)
    outcomes = {one["objective"].split()[0]: one["outcome"] for one in told["verdicts"]}
    return Found(tasks, rows, told["figures"], outcomes, written)


def index_of(task: dict[str, Any]) -> int:
    return int(task["session_id"].partition(".")[2])


def calls_of(task: Task, broken_every: int) -> tuple[int, int]:
    """How many calls are made for a task, and how many of them are valid, those of its sub-agents included.

    So many valid ones, and after each ``broken_every - 1`` of them that are not the last a broken one.
    """
    assert task.plan is not None
    wanted = [one for step in task.plan.steps for one in step]
    valid = len(wanted) + (task.tools[0].name == "fetch")  # which fails at first, and is called again
    made = valid + ((valid - 1) // (broken_every - 1) if broken_every else 0)
    for tool in task.tools:
        if isinstance(tool, SubAgent):
            for one in wanted:
                if one.name == tool.name:
                    inner = calls_of(tool.task(task.state, **one.arguments), broken_every)
                    made, valid = made + inner[0], valid + inner[1]
    return made, valid


@pytest.mark.parametrize("options", [INPROCESS, WORKERS], ids=["inprocess", "workers"])
def test_a_perfect_model(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    found = run(pytester, Failings(), *options, success=100, valid=100)
    workload = agentic(plan_told=True)
    assert len(found.tasks) > 30
    for task in found.tasks:
        made, valid = calls_of(workload.session(index_of(task), 0).task, 0)
        assert (task["end"], task["success"], task["tool_calls"], task["valid_tool_calls"]) == (
            "done",
            True,
            made,
            valid,
        )
    assert sum(row["output_tokens"] for row in found.requests) == found.written_tokens
    assert {*found.verdicts.values()} == {"pass"}
    assert found.figures["tool_calls.valid"]["value"] == 1.0
    for row in found.requests:  # what a request before has asked is cached
        assert (row["cached_tokens"] > 0) == (row["turn"] > 0) or has_sub_agents(row, workload)


def has_sub_agents(row: dict[str, Any], workload: Any) -> bool:
    """Of a row of a request or a task, also of one that never came to an end."""
    return any(isinstance(tool, SubAgent) for tool in workload.session(index_of(row), 0).task.tools)


def test_a_faulty_model(pytester: pytest.Pytester) -> None:
    failings = Failings(broken_every=3, wrong_every=4)
    found = run(pytester, failings, *INPROCESS, passes=False, success=100, valid=100)
    workload = agentic(plan_told=True)
    assert len(found.tasks) > 20
    for task in found.tasks:
        index = index_of(task)
        todo = workload.session(index, 0).task
        assert (task["tool_calls"], task["valid_tool_calls"]) == calls_of(todo, 3)
        by_state = task["success"] and index % 4 == 3  # done, though it says that it is not
        assert task["success"] is (index % 4 != 3) or by_state
        assert task["end"] == "done"
    assert found.verdicts == {"task.e2e.p90": "pass", "task.success": "fail", "tool_calls.valid": "fail"}
    ended = [task for task in found.tasks if task["phase"] == "window"]
    share = sum(task["valid_tool_calls"] for task in ended) / sum(task["tool_calls"] for task in ended)
    assert found.figures["tool_calls.valid"]["value"] == pytest.approx(share)


@pytest.mark.parametrize(
    ("failings", "ends"),
    [(Failings(endless=True), {"turns", "stuck"}), (Failings(stuck=True), {"stuck"})],
    ids=["endless", "stuck"],
)
def test_a_model_that_never_comes_to_an_end(pytester: pytest.Pytester, failings: Failings, ends: set[str]) -> None:
    found = run(pytester, failings, *INPROCESS, "--fmbench-inconclusive", "pass", turns=4, requests=60)
    assert {task["end"] for task in found.tasks} == ends
    assert {task["success"] for task in found.tasks} == {False}
    assert max(task["requests"] for task in found.tasks if task["end"] == "turns") >= 4 if "turns" in ends else True


def test_a_run_is_written_as_spans_and_replayed(pytester: pytest.Pytester) -> None:
    found = run(pytester, Failings(), *INPROCESS)
    told = pytester.run("fmbench", "report", "fmbench-out", "--otel", "spans.jsonl")
    assert told.ret == 0
    told.stdout.fnmatch_lines(["otel: spans.jsonl, * traces of 1 cases"])
    traces = otel(pytester.path / "spans.jsonl").traces
    written = {trace.trace_id: [type(step).__name__ for step in trace.steps] for trace in traces}
    assert sum(names.count("Request") for names in written.values()) == len(found.requests)
    used = sum(len(task["span_name"]) for task in found.tasks)
    assert used <= sum(names.count("Use") for names in written.values())
    assert all(names[0] == "Request" for names in written.values())
