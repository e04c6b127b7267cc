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
    run = fmbench(deployment, multiturn(turns, output_tokens=tokens), closed(2), requests=24, duration=120, warmup=0)
"""

pytestmark = pytest.mark.lasting


@pytest.mark.parametrize(("turns", "tokens", "end"), [(2, 12, "done"), (8, 64, "context")], ids=["kept", "outgrown"])
def test_a_conversation_is_remembered_and_may_outgrow_the_model(
    live_case: pytest.Pytester, turns: int, tokens: int, end: str
) -> None:
    live_case.makepyfile(
        CASE.replace("multiturn(turns, output_tokens=tokens)", f"multiturn({turns}, output_tokens={tokens})")
    )
    live_case.runpytest_subprocess("-p", "no:cacheprovider", "--fmbench-inconclusive", "pass")
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    found = read_measurement(path)
    assert found.tasks is not None
    ended = [row for row in found.tasks.to_pylist() if row["phase"] == "window" and row["done_ns"] is not None]
    assert ended
    assert {row["end"] for row in ended} == {end}
    later = [row for row in found.requests.to_pylist() if row["turn"] > 0 and row["status"] == "ok"]
    assert later
    assert all(row["cached_tokens"] > 0 for row in later), "what was said before is in the server's prefix cache"
    if end == "context":
        assert all("context" in row["error"] for row in ended)
        assert {row["success"] for row in ended} == {False}
