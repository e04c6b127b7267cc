"""A session whose server is a container: of a stand-in for the runtime, which runs the mock server."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.fake_runtime import fake_runtime

CASES = """
import pytest
from pytest_fmbench import Deployment, chat, closed

HERE = Deployment("org/m", "vllm_cpu", options={"image": "ghcr.io/org/vllm:1"})
ELSEWHERE = Deployment("org/m", "vllm", tensor_parallel=512)

@pytest.mark.sla("error_rate <= 0%")
@pytest.mark.deployments(HERE, ELSEWHERE)
def test_chat(fmbench, deployment):
    fmbench(deployment, chat(output_tokens=4), closed(2), warmup=0, requests=40)

@pytest.mark.deployments(ELSEWHERE)
def test_endpoint(endpoint):
    raise AssertionError("there is none")
"""


@pytest.mark.skipif(find_spec("vllm") is not None, reason="vLLM is installed, so it would run as a process")
def test_a_case_runs_on_a_container_and_what_cannot_run_here_is_skipped(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = fake_runtime(tmp_path / "fake", monkeypatch)
    runtime.serves([sys.executable, "-m", "pytest_fmbench.testing", "--port", "8000"])
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path / "cache"))
    pytester.makepyfile(CASES)
    result = pytester.runpytest_subprocess("--fmbench-engine", "inprocess", "-p", "no:cacheprovider", "-rs")
    result.assert_outcomes(passed=1, skipped=2)
    assert result.stdout.str().count("takes 512 accelerators, and here there are ") >= 1
    (path,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    stack = json.loads(path.read_text())["conditions"]["stack"]
    assert stack["image"] == f"org/vllm@sha256:{'0' * 64}"
    assert len(runtime.asked("run")) == len(runtime.asked("rm")) == 1
    assert runtime.pids() == []
