"""Under xdist the cases of one deployment meet one worker, and this machine is used by one at a time."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest

from pytest_fmbench.scheduling import scope_of
from tests.support.mock_server import MockServer

pytestmark = pytest.mark.lasting


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("t.py::test_a[m-1+llamacpp+local-closed:4]", "local"),
        ("t.py::test_b[other+llamacpp,threads=2+local]", "local"),
        ("t.py::test_a[m-1+vllm+ec2_g6e.2xlarge-closed:4-x]", "m-1+vllm+ec2_g6e.2xlarge"),
        ("t.py::test_a[m+endpoint+url_http_127.0.0.1_80_v1]", "m+endpoint+url_http_127.0.0.1_80_v1"),
        ("t.py::test_plain", "t.py::test_plain"),
        ("t.py::test_sum[1+1-2]", "t.py::test_sum[1+1-2]"),
    ],
)
def test_a_case_shares_its_deployment_or_this_machine(nodeid: str, scope: str) -> None:
    assert scope_of(nodeid) == scope


def test_a_deployment_keeps_to_one_worker(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(
        f"""
        import json, os, pathlib
        import pytest
        from pytest_fmbench import Deployment, chat, closed

        @pytest.mark.parametrize("nth", range(4))
        @pytest.mark.deployments(*(Deployment(name, "endpoint", "url:{mock.url}/v1") for name in "abc"))
        def test_chat(fmbench, deployment, nth):
            fmbench(deployment, chat(4), closed(1), warmup=0, requests=2)
            place = pathlib.Path({str(pytester.path)!r}, f"{{deployment.model}}{{nth}}.worker")
            place.write_text(json.dumps([deployment.model, os.environ["PYTEST_XDIST_WORKER"]]))
        """
    )
    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=12)
    workers = defaultdict(set)
    for path in pytester.path.glob("*.worker"):
        model, worker = json.loads(path.read_text())
        workers[model].add(worker)
    assert {model: len(found) for model, found in workers.items()} == {"a": 1, "b": 1, "c": 1}
