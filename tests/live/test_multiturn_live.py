"""Conversations with a real model, whose server keeps what was said."""

from __future__ import annotations

import pytest

from pytest_fmbench.store.table import read_measurement

CASE = """
import pytest
from pytest_fmbench import Deployment, closed, multiturn

LLAMA = Deployment("smollm2-135m", "llamacpp", quantization="q4_1", options={"context": 256})

@pytest.mark.deployments(LLAMA)
@pytest.mark.sla("task.e2e.p90 < 60s", "error_rate <= 50%")
def test_talk(fmbench, deployment):
    fmbench(deployment, multiturn(2, output_tokens=12), closed(2), requests=24, duration=120, warmup=0)
"""

pytestmark = pytest.mark.lasting


def test_a_conversation_is_remembered(live_case: pytest.Pytester) -> None:
    live_case.makepyfile(CASE)
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-inconclusive", "pass")
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    found = read_measurement(path)
    assert found.tasks is not None
    ended = [row for row in found.tasks.to_pylist() if row["phase"] == "window" and row["done_ns"] is not None]
    assert ended
    assert {row["end"] for row in ended} == {"done"}
    later = [row for row in found.requests.to_pylist() if row["turn"] > 0 and row["status"] == "ok"]
    assert later
    assert all(row["cached_tokens"] > 0 for row in later), "what was said before is in the server's prefix cache"
