"""A search for the capacity of a real engine."""

from __future__ import annotations

import json

import pytest

CASE = """
import pytest
from pytest_fmbench import Deployment, chat

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.sla("ttft.mean < 30s", "error_rate <= 0%")
def test_capacity(fmbench, deployment):
    found = fmbench.capacity(deployment, chat(output_tokens=2), sla="ttft.mean < 1ms", name="too soon")
    assert float(found.rate) == found.rate.high == 0.0
    found = fmbench.capacity(deployment, chat(output_tokens=2), requests=110)
    assert 0.0 <= found.rate.low <= float(found.rate) <= found.rate.high
"""


@pytest.mark.capacity
def test_a_real_engine_has_a_capacity_and_a_curve(live_case: pytest.Pytester) -> None:
    live_case.makepyfile(CASE)
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-duration", "10s").assert_outcomes(passed=1)
    first, second = sorted(live_case.path.glob("fmbench-out/*/capacities/*/capacity.json"))
    assert json.loads(first.read_text())["limiting"] == "ttft.mean < 1ms"
    kept = json.loads(second.read_text())
    rates = [one["rate"] for one in kept["curves"]["ttft_scheduled.mean"]]
    assert rates == sorted(rates)
    assert len(rates) == len(kept["probes"]) - 1 >= 2
