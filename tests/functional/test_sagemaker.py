"""A session that pays for an endpoint of SageMaker: against stand-ins for its control plane and its runtime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.testing import healthy, serving
from tests.support.aws.runtime import serving_runtime
from tests.support.sagemaker import DEADMAN, ROLE

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

pytestmark = [pytest.mark.lasting, pytest.mark.usefixtures("_stand_in")]

CASES = """
import pytest
from pytest_fmbench import Deployment, chat, closed

AT = "sagemaker:ml.g5.2xlarge"

@pytest.mark.deployments(Deployment("org/name", "djl", AT), Deployment("org/name", "vllm", AT))
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=4), closed(2), requests=20, warmup=0)
    assert run.output_tokens.mean > 1
"""
OPTIONS = (
    *("--fmbench-aws", f"role={ROLE}", "--fmbench-aws", f"scheduler_role={DEADMAN}"),
    *("--fmbench-engine", "inprocess", "--fmbench-price", "ml.g5.2xlarge=1.5", "-p", "no:cacheprovider"),
)


def test_endpoints_are_made_measured_and_gone(
    pytester: pytest.Pytester, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pytest_fmbench.paid", reason="sessions cannot pay yet")
    pytester.makepyfile(CASES)
    with serving(healthy("openai-chat")) as mock, serving_runtime(mock.url) as runtime:
        for name, value in (cloud.environment | runtime.environment).items():
            monkeypatch.setenv(name, value)
        result = pytester.runpytest_subprocess("--fmbench-budget", "5", *OPTIONS)
    result.assert_outcomes(passed=2)
    assert len(cloud.calls_of("CreateEndpoint")) == len(cloud.calls_of("CreateScheduleGroup")) == 2
    assert cloud.left() == []
    assert {operation for operation, _ in runtime.taken} == {"InvokeEndpointWithResponseStream"}
    assert len({name for _, name in runtime.taken}) == 2
    (one, *_) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    conditions = json.loads(one.read_text("utf-8"))["conditions"]
    assert "ml.g5.2xlarge" in json.dumps(conditions)


def test_without_a_budget_they_are_skipped_and_nothing_is_asked(pytester: pytest.Pytester, cloud: Cloud) -> None:
    pytester.makepyfile(CASES)
    result = pytester.runpytest_subprocess("-rs", *OPTIONS)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*--fmbench-budget*"])
    assert [call for call in cloud.calls if call.operation.startswith(("Create", "Delete"))] == []
