"""Agents: a model that calls tools until it can answer, and is seen to be right or not."""

import pytest

from pytest_fmbench import agentic, closed

TASKS = agentic(turns=2, output_tokens=64, calls="json", tool_latency="lognormal:0.05,0.5", fields={"temperature": 0})
"""By JSON, since the chat template of the small model says nothing of tools. 64 tokens hold a call of these tools; at
32, every third one was cut. A third turn never helped this model: what it gets right, it gets right at once."""


@pytest.mark.sla("task.e2e.p90 < 60s", "task.success >= 0%", "tool_calls.valid >= 50%", "error_rate <= 0%")
def test_agentic(fmbench, deployment):
    """Of ten tasks nine are over within a minute, and what the model calls can be called. What succeeds is measured,
    and not promised: the model is a small one. 80 requests are the 39 tasks at least that a p90 takes here.
    """
    fmbench(deployment, TASKS, closed(2), requests=80, duration="4min")
