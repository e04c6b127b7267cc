"""Whether answers are as good as they were: ``pytest benchmarks/ -k "llama and quality"``, a minute."""

import pytest

from pytest_fmbench import basics


@pytest.mark.sla("quality.score >= 10%", "quality.failed <= 0%")
def test_quality(fmbench, deployment):
    """Small sums, facts and reviews, each asked once."""
    found = fmbench.quality(deployment, basics())
    assert found.score.n == 72
