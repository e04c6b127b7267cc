"""Whole sessions on instances of EC2, against the stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(
    Deployment("org/m", "vllm", "ec2:g6.xlarge"),
    Deployment("org/m", "vllm", "ec2:g5.xlarge?market=spot&zones=us-east-1a"),
)
@pytest.mark.parametrize("load", [closed(1), closed(2)], ids=str)
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    fmbench(deployment, chat(output_tokens=4), load, requests=20, warmup=0)
"""
OPTIONS = (
    *("--fmbench-aws", "source=127.0.0.1/32", "--fmbench-price", "g6.xlarge=0.8", "--fmbench-price", "g5.xlarge=0.5"),
    *("--fmbench-inconclusive", "pass", "-p", "no:cacheprovider"),
)


@pytest.fixture
def case(pytester: pytest.Pytester, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    pytester.makepyfile(CASE)
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.path / "state"))
    return cloud


def test_without_a_budget_nothing_is_launched(pytester: pytest.Pytester, case: Cloud) -> None:
    result = pytester.runpytest_subprocess(*OPTIONS, "-rs")
    result.assert_outcomes(skipped=4)
    assert "--fmbench-budget" in result.stdout.str()
    assert case.calls_of("RunInstances") == []
    assert case.left() == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_deployment_is_launched_once_and_one_that_cannot_be_had_errors_alone(
    pytester: pytest.Pytester, case: Cloud, workers: str
) -> None:
    case.fault("RunInstances", "InsufficientInstanceCapacity", times=None, instance_type="g5.xlarge")
    result = pytester.runpytest_subprocess(*OPTIONS, "-n", workers, "--fmbench-budget", "5", "--junitxml=junit.xml")
    result.assert_outcomes(passed=2, errors=2)
    launched = {call["ClientToken"] for call in case.calls_of("RunInstances") if call["InstanceType"] == "g6.xlarge"}
    assert len(launched) == 1
    assert "g5.xlarge (spot) cannot be had now" in result.stdout.str()
    assert case.left() == []
    (records,) = Path(pytester.path, "fmbench-out").glob("*/cases/*g6.xlarge*closed_1*/case.json")
    assert '"market": "on-demand"' in records.read_text()
