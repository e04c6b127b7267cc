"""Stacks beside llama.cpp, where they are installed: each serves the small model to cases like those of the suite."""

from __future__ import annotations

import pytest

from pytest_fmbench.catalog import STACKS
from pytest_fmbench.errors import NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.shares import runtime_for
from pytest_fmbench.stacks.base import AS_FOLDER
from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.weights.fetch import locate

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

pytestmark = pytest.mark.lasting

@pytest.mark.deployments(Deployment("smollm2-135m", {stack!r}, quantization="bf16", options={options}))
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment):
    fmbench(deployment, chat(output_tokens=6), closed(2), requests=6, duration=300, warmup=0)
"""


OPTIONS: dict[str, dict[str, object]] = {
    "vllm_cpu": {"threads": 1, "context": 2048, "--enforce-eager": True},  # compiled, it takes minutes to start
    "transformers": {"threads": 1},
}


@pytest.fixture(params=OPTIONS)
def stack(request: pytest.FixtureRequest) -> str:
    """One that is installed here, and its model."""
    name: str = request.param
    deployment = Deployment("smollm2-135m", name, quantization="bf16")
    try:
        runtime_for(deployment, STACKS[name]().plan(deployment))
        locate("smollm2-135m", AS_FOLDER, progress=lambda _: None)
    except NotAllowed as error:
        pytest.skip(str(error))
    return name


def test_a_stack_serves_the_small_model(live_case: pytest.Pytester, stack: str) -> None:
    live_case.makepyfile(CASE.format(stack=stack, options=OPTIONS[stack]))
    live_case.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/*.parquet")
    whole = [row for row in read_measurement(path).requests.to_pylist() if row["status"] == "ok"]
    assert len(whole) >= 6
    for row in whole:
        assert 1 <= row["output_tokens"] <= 6
        assert row["input_tokens"] > 8
        assert row["counted_output_tokens"] + (row["finish_reason"] == "stop") == row["output_tokens"]
