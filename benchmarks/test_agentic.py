"""Agents: a model that calls tools until it can answer, and is seen to be right or not."""

import pytest

from pytest_fmbench import agentic, closed

TASKS = agentic(turns=3, output_tokens=64, calls="json", tool_latency="lognormal:0.05,0.5", fields={"temperature": 0})
"""By JSON, since the chat template of the small model says nothing of tools. 64 tokens hold any call of these tools: at
32, every third one was cut."""


@pytest.mark.sla("task.e2e.mean < 60s", "task.success >= 0%", "tool_calls.valid >= 50%", "error_rate <= 0%")
def test_agentic(fmbench, deployment):
    """A task is over within a minute, and what the model calls can be called. What succeeds is measured, and not
    promised: the model is a small one.
    """
    fmbench(deployment, TASKS, closed(4), requests=60, duration="2min")
