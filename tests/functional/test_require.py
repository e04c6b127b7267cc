"""``--fmbench-require``: a gate cannot be green by measuring nothing."""

from __future__ import annotations

import pytest

from tests.support.mock_server import MockServer

CASES = """
import pytest
from pytest_fmbench import chat, closed

def test_plain():
    pass

def test_measured(fmbench, deployment):
    fmbench(deployment, chat(4), closed(2), warmup=0, requests=4)

@pytest.mark.skip(reason="too dear")
def test_skipped(fmbench, deployment):
    raise AssertionError
"""


def test_where_nothing_is_measured_it_says_why(pytester: pytest.Pytester, mock: MockServer) -> None:
    result = run(pytester, mock, "-k", "skipped")
    result.assert_outcomes(skipped=1, deselected=2)
    result.stdout.fnmatch_lines(["nothing was measured: too dear"])
    run(pytester, mock, "--fmbench-engine", "inprocess").stdout.no_fnmatch_line("nothing was measured*")


def run(pytester: pytest.Pytester, mock: MockServer, *options: str) -> pytest.RunResult:
    pytester.makepyfile(CASES)
    return pytester.runpytest_subprocess("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", *options)


@pytest.mark.parametrize(
    ("options", "lacking"),
    [
        ((), None),
        (("--fmbench-require", "1"), None),
        (("--fmbench-require", "2"), "1 cases were measured, but 2 must be"),
        (("--fmbench-require", "all"), "1 cases were measured, but all of 2 must be"),
        (("--fmbench-require", "all", "-k", "test_measured"), None),
        (("--fmbench-require", "all", "-k", "plain"), "0 cases were measured, but all of 0 must be"),
        (("--fmbench-require", "1", "-k", "plain"), "0 cases were measured, but 1 must be"),
    ],
)
def test_what_must_be_measured(
    pytester: pytest.Pytester, mock: MockServer, options: tuple[str, ...], lacking: str | None
) -> None:
    result = run(pytester, mock, *options)
    assert result.ret == (pytest.ExitCode.OK if lacking is None else pytest.ExitCode.TESTS_FAILED)
    if lacking is not None:
        result.stdout.fnmatch_lines([f"--fmbench-require: {lacking}"])


@pytest.mark.lasting
def test_it_counts_under_xdist(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(CASES)
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
    result = pytester.runpytest_subprocess(*target, "--fmbench-require", "all", "-n", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["--fmbench-require: 1 cases were measured, but all of 2 must be"])


@pytest.mark.parametrize("value", ["0", "-1", "some", "1.5"])
def test_what_is_no_number_of_cases_is_refused(pytester: pytest.Pytester, mock: MockServer, value: str) -> None:
    result = run(pytester, mock, f"--fmbench-require={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--fmbench-require '{value}': give a whole number from 1*"])
