"""Conversations: each turn asks with all that was said before, and a server that remembers need not read it again."""

import pytest

from pytest_fmbench import closed, multiturn

TALKS = multiturn(turns=3, output_tokens=16, think="exponential:0.2")


@pytest.mark.sla("task.e2e.p90 < 60s", "ttft.mean < 10s", "error_rate <= 0%")
def test_multiturn(fmbench, deployment):
    """A conversation of three turns is over within a minute, and its later turns find the earlier ones in the cache."""
    run = fmbench(deployment, TALKS, closed(2), duration=20)
    assert run.task.turns.max == 3
