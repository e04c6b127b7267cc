"""Whole sessions whose load an instance generates beside what Bedrock and SageMaker serve: stand-ins all."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.testing import healthy, serving
from tests.support.fake_ssh import calls_of, make_ssh
from tests.support.sagemaker import DEADMAN, ROLE

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

pytestmark = [
    pytest.mark.usefixtures("_stand_in"),
    pytest.mark.lasting,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="Amazon Linux has no Python of this version"),
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here"),
]

CASES = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(
    Deployment("meta.llama3-8b-instruct-v1:0", "bedrock", "bedrock"),
    Deployment("org/name", "djl", "sagemaker:ml.g5.2xlarge"),
)
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment):
    fmbench(deployment, chat(output_tokens=4), closed(2), requests=20, warmup=0)
"""
OPTIONS = (
    *("--fmbench-aws", "load=c7i.large", "--fmbench-aws", "source=127.0.0.1/32", "--fmbench-price", "c7i.large=0.1"),
    *("--fmbench-aws", f"role={ROLE}", "--fmbench-aws", f"scheduler_role={DEADMAN}"),
    *("--fmbench-price", "ml.g5.2xlarge=1.5", "--fmbench-telemetry", "off", "-p", "no:cacheprovider"),
)
WITH_ROLE = ("--fmbench-aws", "load_role=load-generator", "--fmbench-budget", "5")


def test_the_load_is_signed_by_the_role_of_its_instance_and_comes_from_there(
    pytester: pytest.Pytester, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.aws.metadata import telling_role
    from tests.support.aws.runtime import ACCESS_KEY, ROLE_KEY, ROLE_SECRET, ROLE_TOKEN, SECRET_KEY, serving_runtime

    pytester.makepyfile(CASES)
    cloud.instance_profile("load-generator")
    with (
        serving(healthy("openai-chat")) as mock,
        serving_runtime(mock.url) as runtime,
        telling_role(ROLE_KEY, ROLE_SECRET, ROLE_TOKEN) as metadata,
    ):
        for name, value in (cloud.environment | runtime.environment).items():
            monkeypatch.setenv(name, value)
        there = f'unset "${{!AWS_@}}"; export AWS_EC2_METADATA_SERVICE_ENDPOINT={metadata}'
        monkeypatch.setenv("PATH", f"{make_ssh(pytester.path, there)}:{os.environ['PATH']}")
        result = pytester.runpytest_subprocess(*OPTIONS, *WITH_ROLE)
        result.assert_outcomes(passed=2)
    assert [call["InstanceType"] for call in cloud.calls_of("RunInstances")] == ["c7i.large", "c7i.large"]
    rows = [read_measurement(path).requests.num_rows for path in pytester.path.glob("fmbench-out/*/cases/*/*.parquet")]
    assert runtime.signers.count(ROLE_KEY) == sum(rows) >= 40
    assert {*runtime.signers} == {ACCESS_KEY, ROLE_KEY}, "what comes before a load is asked from here"
    assert len([line for line in calls_of(pytester.path) if line.endswith("-m pytest_fmbench.load.errand")]) == 2
    cases = [path.read_text("utf-8") for path in pytester.path.glob("fmbench-out/*/cases/*/case.json")]
    assert all('"load_from": "c7i.large"' in text for text in cases)
    assert cloud.left() == []
    kept = [path.read_bytes() for path in pytester.path.glob("fmbench-out/**/*") if path.is_file()]
    assert not any(secret.encode() in held for held in kept for secret in (SECRET_KEY, ROLE_SECRET, ROLE_TOKEN))


def test_without_its_role_it_is_skipped_and_a_plan_tells_what_it_costs(pytester: pytest.Pytester, cloud: Cloud) -> None:
    pytester.makepyfile(CASES)
    cloud.instance_profile("load-generator")
    result = pytester.runpytest_subprocess("-rs", "--fmbench-budget", "5", *OPTIONS)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["*with a role of its own*--fmbench-aws load_role=NAME*"])
    plan = pytester.runpytest_subprocess("--fmbench-plan", *OPTIONS, *WITH_ROLE)
    plan.stdout.fnmatch_lines_random(["*bedrock*0.10*", "*sagemaker*1.60*"])
    assert [call for call in cloud.calls if call.operation.startswith(("Create", "Run"))] == []
