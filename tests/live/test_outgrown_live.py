"""A conversation with a real model that outgrows it in turn 7; until then its server keeps what was said."""

from __future__ import annotations

import pytest

from pytest_fmbench.store.table import read_measurement

CASE = """
import pytest
from pytest_fmbench import Deployment, closed, multiturn

SMALL = Deployment("smollm2-135m", "llamacpp", quantization="q4_1", options={"context": 256})

@pytest.mark.deployments(SMALL)
def test_talk(fmbench, deployment):
    fmbench(deployment, multiturn(9, input_tokens=16, output_tokens=12), closed(1), requests=7, duration=120, warmup=0)
"""

pytestmark = pytest.mark.lasting


def test_a_context_that_outgrows_the_model_in_turn_7(live_case: pytest.Pytester) -> None:
    (live_case.path / "test_talk.py").write_text(CASE)
    result = live_case.runpytest_subprocess("-p", "no:cacheprovider", "test_talk.py")
    result.assert_outcomes(passed=1)
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    found = read_measurement(path)
    assert found.tasks is not None
    (task,) = (row for row in found.tasks.to_pylist() if row["phase"] == "window")
    assert (task["end"], task["success"], task["requests"], task["failed_requests"]) == ("context", False, 7, 1)
    assert "context" in task["error"]
    turns = [row for row in found.requests.to_pylist() if row["session_id"] == task["session_id"]]
    assert [row["status"] for row in turns] == ["ok"] * 6 + ["failed"]
    assert turns[-1]["http_status"] == 400
    assert turns[0]["cached_tokens"] < turns[1]["cached_tokens"] < turns[5]["cached_tokens"]
