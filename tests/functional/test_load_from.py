"""``--fmbench-load-from``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from pytest_fmbench.store.table import read_measurement
from tests.unit.load.test_elsewhere import DAY_S, OTHER_CLOCK, has_other_clocks

pytestmark = pytest.mark.lasting

Case = Callable[..., pytest.RunResult]


@pytest.mark.skipif(not has_other_clocks(), reason="no time namespaces here, or not for us")
def test_a_case_is_measured_from_a_host_with_another_clock(run_case: Case, pytester: pytest.Pytester) -> None:
    command = " ".join(OTHER_CLOCK)
    body = f"assert min(run.telemetry['t_ns'].to_pylist()) > {DAY_S} * 10**9"
    result = run_case(
        "--fmbench-engine", "processes", "--fmbench-load-from", command, "--fmbench-telemetry", "100ms", body=body
    )
    result.assert_outcomes(passed=1)
    (table,) = pytester.path.glob("fmbench-out/*/cases/*/requests.parquet")
    measurement = read_measurement(table)
    sent_ns = measurement.requests["sent_ns"].to_pylist()
    assert min(sent_ns) > DAY_S * 1e9
    case = json.loads(table.with_name("case.json").read_text())
    assert case["verdicts"]


def test_a_host_without_our_package_is_an_error_that_says_what_it_takes(run_case: Case) -> None:
    result = run_case("--fmbench-engine", "processes", "--fmbench-load-from", f"{sys.executable} -S")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*before it said anything; it takes a Python there that has pytest-fmbench*"])


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--fmbench-load-from", "no-such-program host"), "*'no-such-program host': give a command that is here*"),
        (("--fmbench-load-from", "'ssh"), "*No closing quotation*"),
        (("--fmbench-load-from", ""), "*give a command that is here*"),
        (("--fmbench-load-from", "env", "--fmbench-engine", "inprocess"), "*load is generated in one place*"),
    ],
)
def test_what_leads_nowhere_is_a_usage_error(pytester: pytest.Pytester, options: tuple[str, ...], problem: str) -> None:
    result = pytester.runpytest_inprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([problem])
