"""Agents with a real model, which is a small one: its calls can be carried out, and its tasks come to an end."""

from __future__ import annotations

import pytest

from pytest_fmbench.model.session import TaskEnd
from pytest_fmbench.model.task import THINKING
from pytest_fmbench.store.table import read_measurement

CASE = """
import pytest
from pytest_fmbench import Deployment, agentic, closed

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.sla("task.e2e.p90 < 60s", "task.success >= 0%", "tool_calls.valid >= 0%")
def test_agents(fmbench, deployment):
    workload = agentic(turns=2, output_tokens=40, calls="json", tool_latency=0.01, fields={"temperature": 0})
    fmbench(deployment, workload, closed(2), requests=12, duration=120, warmup=0)
"""

pytestmark = pytest.mark.lasting


def test_a_small_model_calls_tools(live_case: pytest.Pytester) -> None:
    live_case.makepyfile(CASE)
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-inconclusive", "pass")
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    found = read_measurement(path)
    assert found.tasks is not None
    ended = [row for row in found.tasks.to_pylist() if row["done_ns"] is not None]
    assert {row["end"] for row in ended} <= {TaskEnd.DONE.value, TaskEnd.TURNS.value}
    assert sum(row["valid_tool_calls"] for row in ended) >= 1
    assert all(row["tool_ns"] > 0 for row in ended if {*row["span_name"]} - {THINKING})
    assert all(row["status"] != "failed" for row in found.requests.to_pylist())
