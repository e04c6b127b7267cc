"""Limits in a file: ``--fmbench-sla``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Case = Callable[..., pytest.RunResult]
XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])
PROMISED = '[tight]\ncases = ["test_chat"]\nobjectives = ["ttft.mean < 10s", "error_rate <= 0%"]\n'


@XDIST
def test_a_file_of_slas_says_what_cases_promise_instead_of_their_markers(
    run_case: Case, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    (pytester.path / "sla.toml").write_text(PROMISED)
    result = run_case(*options, "--fmbench-sla", "sla.toml", sla=("ttft.mean > 10s",), name="loose")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_chat?m+openai+url_http*pass (tight)", "PASS  ttft.mean < 10s * n=40:*"])


@XDIST
def test_a_file_of_slas_that_no_case_is_about_lets_nothing_pass(
    run_case: Case, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    (pytester.path / "sla.toml").write_text(PROMISED + PROMISED.replace("tight", "typo").replace("_chat", "_chta"))
    result = run_case(*options, "--fmbench-sla", "sla.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: --fmbench-sla: no case that was collected is among those of [typo]: 'test_chta'"
    assert told in result.stdout.str() + result.stderr.str()
    assert "passed" not in result.stdout.str()


@XDIST
def test_what_cannot_be_collected_is_told_before_what_it_may_have_promised(
    run_case: Case, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    (pytester.path / "sla.toml").write_text(PROMISED.replace("test_chat", "test_other"))
    pytester.makepyfile(test_broken="import no_such_module")
    result = run_case(*options, "--fmbench-sla", "sla.toml")
    assert result.ret in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED)
    result.stdout.fnmatch_lines(["*No module named 'no_such_module'*"])
