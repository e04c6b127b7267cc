"""Cases against models of Bedrock, which here is a stand-in in front of the mock server."""

from __future__ import annotations

import pytest

from pytest_fmbench.store.table import read_measurement
from pytest_fmbench.testing import healthy, serving
from tests.support.aws.runtime import EXPIRED, SECRET_KEY, THROTTLE, THROTTLE_LATER, TOKEN, Runtime, serving_runtime

pytest.importorskip("boto3", reason="needs pytest-fmbench[aws]")
pytest.importorskip("moto", reason="AWS's stand-in needs moto: pip install 'pytest-fmbench[test]'")
pytestmark = pytest.mark.lasting

CASES = """
import pytest
from pytest_fmbench import Deployment, chat, closed, constant

ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/"
MODEL = "meta.llama3-8b-instruct-v1:0"

@pytest.mark.deployments(Deployment(MODEL, "bedrock", f"bedrock:us-east-1?throughput={ARN}served000000"))
@pytest.mark.sla("error_rate <= 0%", "ttft.mean < 30s")
def test_served(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=5), closed(2), warmup=0, requests=40)
    assert run.output_tokens.mean == 5

@pytest.mark.deployments(Deployment(MODEL, "bedrock", f"bedrock:us-east-1?throughput={ARN}troubled0000"))
def test_troubled(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=5), constant(100), warmup=0, requests=40)
    assert run.error_rate > 0
"""
TROUBLE = {1: THROTTLE, 2: THROTTLE_LATER, 3: EXPIRED}


def test_bedrock_is_measured_and_what_it_refuses_is_counted_by_cause(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(CASES)
    options = ("--fmbench-engine", "processes", "-p", "no:cacheprovider")
    with serving(healthy("openai-chat")) as mock, serving_runtime(mock.url) as runtime:
        for name, value in runtime.environment.items():
            monkeypatch.setenv(name, value)
        runtime.fault = lambda nth: TROUBLE.get(nth % 5, "") if _troubled(runtime) else ""
        result = pytester.runpytest_subprocess(*options)
        result.assert_outcomes(passed=2)
    rows = [
        read_measurement(path).requests.to_pylist()
        for path in sorted(pytester.path.glob("fmbench-out/*/cases/*/requests.parquet"))
    ]
    served, troubled = ([row for row in one if row["phase"] == "window"] for one in rows)
    assert {row["error"] for row in served} == {None}
    assert {tuple(row["chunk_tokens"]) for row in served} == {(1,) * 5}
    causes = {(row["error"] or "ok").split(": ")[0] for row in troubled}
    assert causes == {"ok", "throttled", "status"}
    assert any("403: ExpiredTokenException" in (row["error"] or "") for row in troubled)
    assert runtime.asked <= 2 + sum(map(len, rows)), "once before each run; and nothing is asked twice"
    _see_that_no_secret_is_kept(pytester)


def _troubled(runtime: Runtime) -> bool:
    """The second case has begun, and one of its requests has been answered: the one before any load."""
    return bool(runtime.taken) and runtime.taken[-1][1].endswith("troubled0000")


def _see_that_no_secret_is_kept(pytester: pytest.Pytester) -> None:
    kept = [path for path in pytester.path.glob("fmbench-out/**/*") if path.is_file()]
    assert kept
    for path in kept:
        held = path.read_bytes()
        assert SECRET_KEY.encode() not in held, path
        assert TOKEN.encode() not in held, path


def test_without_credentials_a_case_is_skipped_with_the_way_out(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(CASES)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    result = pytester.runpytest_subprocess("-rs", "-k", "served", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1, deselected=1)
    result.stdout.fnmatch_lines(["*there are no AWS credentials: set AWS_PROFILE, or what `aws configure` sets*"])


def test_expired_credentials_are_an_error_before_any_load(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(CASES)
    with serving(healthy("openai-chat")) as mock, serving_runtime(mock.url) as runtime:
        for name, value in runtime.environment.items():
            monkeypatch.setenv(name, value)
        runtime.fault = lambda _: EXPIRED
        result = pytester.runpytest_subprocess("-k", "served", "-p", "no:cacheprovider")
        assert runtime.asked == 1
    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(["*403: ExpiredTokenException*", "*credentials that were found may not do that*"])
