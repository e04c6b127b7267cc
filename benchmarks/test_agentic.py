"""Agents: a model that calls tools until it can answer, and is seen to be right or not."""

import pytest

from pytest_fmbench import agentic, closed

TASKS = agentic(turns=6, output_tokens=96, tool_latency="lognormal:0.05,0.5", fields={"temperature": 0})


@pytest.mark.sla("task.e2e.p90 < 60s", "task.success >= 0%", "error_rate <= 0%")
def test_agentic(fmbench, deployment):
    """A task is over within a minute. How many succeed is measured, and not promised: the model is a small one."""
    fmbench(deployment, TASKS, closed(2), duration=30)
