"""Conversations: each turn asks with all that was said before, and a server that remembers need not read it again."""

import pytest

from pytest_fmbench import closed, multiturn

TALKS = multiturn(turns=3, output_tokens=8, think="exponential:0.1")


@pytest.mark.sla("task.e2e.p90 < 60s", "error_rate <= 0%")
def test_multiturn(fmbench, deployment):
    """A conversation of three turns is over within a minute, and its later turns find the earlier ones in the cache."""
    run = fmbench(deployment, TALKS, closed(4), requests=120, duration="2min")
    assert run.task.turns.max == 3
    hits = run.prefix_cache.hit
    assert not hits.n or hits > 0.3  # not every server tells
