"""Whether answers are as good as they were: ``pytest benchmarks/ -k "llama and quality"``, a minute."""

import pytest

from fixtures.deployments import SMALL
from pytest_fmbench import basics, chat, closed

IN_16_BITS = SMALL[1]


@pytest.mark.sla("quality.score >= 10%", "quality.failed <= 0%")
def test_quality(fmbench, deployment):
    """Small sums, facts and reviews, each asked once."""
    found = fmbench.quality(deployment, basics())
    assert found.score.n == 72


@pytest.mark.deployments(*SMALL)
@pytest.mark.sla("error_rate <= 0%", "quality.failed <= 0%")
def test_speed_and_quality(fmbench, deployment):
    """What 4 bits win, and what they lose against 16: one table of all that are installed."""
    fmbench.quality(deployment, basics(), baseline=None if deployment == IN_16_BITS else IN_16_BITS)
    fmbench(deployment, chat(output_tokens=24), closed(4))
