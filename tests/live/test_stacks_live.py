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
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    whole = [row for row in read_measurement(path).requests.to_pylist() if row["status"] == "ok"]
    assert len(whole) >= 6
    for row in whole:
        assert 1 <= row["output_tokens"] <= 6
        assert row["input_tokens"] > 8
        assert row["counted_output_tokens"] + (row["finish_reason"] == "stop") == row["output_tokens"]


CUT = """
import pytest
from pytest_fmbench import Deployment, chat, closed

pytestmark = pytest.mark.lasting
OPTIONS = {{"threads": 1, "--interrupt_requests": {interrupts!r}}}

@pytest.mark.deployments(Deployment("smollm2-135m", "llama_cpp_python", quantization="q4_1", options=OPTIONS))
def test_chat(fmbench, deployment):
    fmbench(deployment, chat(output_tokens=24), closed(3), requests=9, duration=300, warmup=0)
"""


@pytest.mark.parametrize("interrupts", ["true", "false"])
def test_streams_that_a_server_cuts_are_counted_as_truncated(live_case: pytest.Pytester, interrupts: str) -> None:
    """llama-cpp-python cuts a stream when the next request comes: it writes ``[DONE]`` and closes the connection."""
    deployment = Deployment("smollm2-135m", "llama_cpp_python", quantization="q4_1", options={"threads": 1})
    try:
        runtime_for(deployment, STACKS["llama_cpp_python"]().plan(deployment))
    except NotAllowed as error:
        pytest.skip(str(error))
    live_case.makepyfile(CUT.format(interrupts=interrupts))
    live_case.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    (path,) = live_case.path.glob("fmbench-out/*/cases/*/requests.parquet")
    rows = [row for row in read_measurement(path).requests.to_pylist() if row["status"] != "censored"]
    cut = [row for row in rows if row["status"] == "failed"]
    assert len(rows) >= 9
    assert {row["error"].partition(": ")[0] for row in cut} <= {"truncated"}
    assert all(row["finish_reason"] for row in rows if row["status"] == "ok")
    assert bool(cut) == (interrupts == "true")
