"""A case that is asked over gRPC, from its deployment to its records."""

from __future__ import annotations

import pytest

from pytest_fmbench.store.table import read_measurement
from tests.support.dialects import ABSENT
from tests.support.triton_server import triton, words

pytestmark = pytest.mark.skipif("triton-grpc" in ABSENT, reason=ABSENT.get("triton-grpc", ""))

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed, constant

HOW = {{"dialect": "triton-grpc"}}

@pytest.mark.deployments(Deployment("ensemble", "triton_trtllm", "url:{url}", options=HOW))
@pytest.mark.parametrize("load", [closed(2), constant(20)], ids=str)
@pytest.mark.sla("error_rate <= 0%", "ttft.p50 < 60s")
def test_chat(fmbench, deployment, load):
    fmbench(deployment, chat(output_tokens=4), load, warmup=0, requests=20)
"""


def test_it_is_measured_as_any_other_and_says_whose_stamps_it_has(pytester: pytest.Pytester) -> None:
    with triton(lambda _: words(4, gap_s=0.002)) as server:
        pytester.makepyfile(CASE.format(url=server.url))
        options = ("--fmbench-inconclusive", "pass", "--fmbench-workers", "2", "-p", "no:cacheprovider")
        pytester.runpytest_subprocess(*options).assert_outcomes(passed=2)
        asked = {one.metadata["x-request-id"] for one in server.asked}
    paths = [*pytester.path.glob("fmbench-out/*/cases/*/requests.parquet")]
    assert len(paths) == 2
    for path in paths:
        every = read_measurement(path).requests.to_pylist()
        rows = [row for row in every if row["phase"] == "window"]  # what began after it may be cut off
        assert len(rows) == 20
        assert {(row["status"], row["stamp"], row["http_status"]) for row in rows} == {("ok", "loop", 200)}
        assert {len(row["chunk_ns"]) for row in rows} == {4}
        assert {row["request_id"] for row in rows} <= asked
