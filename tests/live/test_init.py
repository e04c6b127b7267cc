"""What ``fmbench init`` writes, run as its user would run it."""

from __future__ import annotations

import sys

import pytest


@pytest.mark.lasting
def test_the_suite_that_init_writes_passes_on_a_real_engine(pytester: pytest.Pytester) -> None:
    fmbench = (sys.executable, "-m", "pytest_fmbench.cli")
    assert pytester.run(*fmbench, "init").ret == 0
    result = pytester.runpytest_subprocess("benchmarks", "--fmbench-duration", "6s", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    report = pytester.run(*fmbench, "report", "fmbench-out")
    assert report.ret == 0
    shown = "test_chat?smollm2-135m-q4_1+llamacpp+local? * pass (chat)"
    report.stdout.fnmatch_lines([shown, "PASS  ttft.mean < 10s *"])
