"""`--fmbench-resume`: what was measured is not measured again, and what failed has failed."""

from __future__ import annotations

import pytest

from tests.support.mock_server import MockServer

pytestmark = pytest.mark.lasting

CASES = """
import os, pathlib
import pytest
from pytest_fmbench import chat, closed

HERE = pathlib.Path(__file__).parent

def measured(fmbench, deployment, name):
    with (HERE / "ran").open("a") as ran:
        ran.write(name + "\\n")
    return fmbench(deployment, chat(4), closed(2), warmup=0, requests=40)

@pytest.mark.sla("error_rate <= 0%")
def test_a_good(fmbench, deployment):
    measured(fmbench, deployment, "good")

@pytest.mark.sla("output_tokens.mean > 1000")
def test_b_bad(fmbench, deployment):
    measured(fmbench, deployment, "bad")

def test_c_plain(fmbench, deployment):
    assert measured(fmbench, deployment, "plain").requests is None

@pytest.mark.sla("error_rate <= 0%")
def test_d_dies(fmbench, deployment):
    measured(fmbench, deployment, "dies")
    if not (HERE / "again").exists():
        os._exit(9)

def test_e_other():
    pass
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_session_that_broke_off_goes_on(pytester: pytest.Pytester, mock: MockServer, workers: str) -> None:
    pytester.makepyfile(CASES)
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider")
    engine = ("--fmbench-engine", "inprocess")
    pytester.runpytest_subprocess(*target, *engine)
    ran = pytester.path / "ran"
    assert ran.read_text().split() == ["good", "bad", "plain", "dies"]
    (session,) = (pytester.path / "fmbench-out").iterdir()
    ran.unlink()
    (pytester.path / "again").touch()

    changed = pytester.runpytest_subprocess(
        *target, *engine, "--fmbench-resume", session.name, "--fmbench-duration", "1s"
    )
    assert changed.ret == pytest.ExitCode.USAGE_ERROR
    changed.stderr.fnmatch_lines([f"*session {session.name} was begun with --fmbench-duration 40s; give the same*"])
    unknown = pytester.runpytest_subprocess(*target, "--fmbench-resume", "nothing")
    unknown.stderr.fnmatch_lines([f"*unknown session in *'nothing'. Known: {session.name}*"])

    done = pytester.runpytest_subprocess(
        *target, *engine, "--fmbench-resume", session.name, "-n", workers, "--junit-xml", "junit.xml"
    )
    done.assert_outcomes(passed=3, failed=2)
    assert ran.read_text().split() == ["dies"]
    done.stdout.fnmatch_lines(
        [
            f"*as it was measured before, in session {session.name}*",
            "*SLA missed*",
            f"resumed: 3 cases are reported as session {session.name} measured them before",
        ],
        consecutive=False,
    )
    assert [*(pytester.path / "fmbench-out").iterdir()] == [session]
    junit = (pytester.path / "junit.xml").read_text()
    assert 'tests="5"' in junit
    assert 'failures="2"' in junit
    assert junit.count('<property name="ttft.p50"') == 4
    summary = (session / "summary.md").read_text()
    for name in ("test_a_good", "test_b_bad", "test_c_plain", "test_d_dies"):
        assert name in summary
    assert "2 of 4 cases passed" in summary
