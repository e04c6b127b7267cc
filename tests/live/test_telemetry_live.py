"""A real engine tells of itself what a closed load must give."""

from __future__ import annotations

import json

import pytest

from pytest_fmbench.store.telemetry import read_telemetry

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

pytestmark = pytest.mark.lasting

@pytest.mark.deployments(Deployment("smollm2-135m", "llamacpp", quantization="q4_1"))
@pytest.mark.sla("server.running.max <= 2", "server.waiting.max <= 2", "error_rate <= 0%")
def test_chat(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=48), closed(2), requests=16, duration=240, warmup=0)
    assert run.server.running.max == 2
"""


def test_what_llamacpp_tells_is_what_the_load_gives(live_case: pytest.Pytester) -> None:
    live_case.makepyfile(CASE)
    result = live_case.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-telemetry", "200ms")
    result.assert_outcomes(passed=1)
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/case.json")
    summary, found = json.loads(path.read_text()), read_telemetry(path.with_name("telemetry.parquet"))
    told = summary["telemetry"]
    assert found is not None
    assert told["figures"]["server.running"]["max"] == 2.0
    assert 1.0 < told["figures"]["server.running"]["mean"] <= 2.0
    assert told["figures"]["server.waiting"]["max"] == 0.0, "it has four slots"
    assert told["figures"]["server.output_tokens"]["mean"] > 0
    assert told["figures"]["host.cpu"]["mean"] > 0
    assert told["costs"]["server"]["gaps"] == 0
    assert "server" not in told["absent"]
    assert told["ttft"] is None, "llama.cpp keeps no histogram"
    stamps = found.rows["t_ns"].to_pylist()
    assert stamps == sorted(stamps)
