"""Requests as they came to a service: their times, their lengths, and the prefixes that they had in common."""

from pathlib import Path

import pytest

from pytest_fmbench import replay, trace

RECORDED = Path(__file__).parents[1] / "fixtures/traces/small.jsonl"
HALF = trace(RECORDED, scale=0.5, most_input=128, most_output=8)


@pytest.mark.parametrize("load", [replay(spread=True)], ids=str)
@pytest.mark.parametrize("asked", [HALF], ids=str)
@pytest.mark.sla("ttft.mean < 30s", "error_rate <= 0%")
def test_replay(fmbench, deployment, asked, load):
    """Half of the conversations are served as they came; long ones are clipped to what the small model can bear."""
    if deployment.stack == "transformers":
        pytest.skip("transformers serve takes no ignore_eos, so replies have no fixed lengths")
    run = fmbench(deployment, asked, load)
    assert run.requests.num_rows == len(asked.times_ns())
