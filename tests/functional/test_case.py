"""One case, from the command line to its report, against a server that does as it is told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.store.table import read_measurement
from tests.support.mock_server import MockServer, chat_reply, plain

Case = Callable[..., pytest.RunResult]
XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])


def junit(path: Path) -> ET.Element:
    case = ET.fromstring(path.read_text()).find(".//testcase")  # noqa: S314  # written by pytest a moment ago
    assert case is not None
    return case


def only(path: Path, pattern: str) -> Path:
    (found,) = path.glob(pattern)
    return found


@XDIST
def test_a_case_that_keeps_its_sla_passes(run_case: Case, options: tuple[str, ...]) -> None:
    sla, body = ("ttft.mean < 10s", "error_rate <= 0%"), "assert run.output_tokens.mean == 4"
    result = run_case(*options, sla=sla, body=body, name="interactive")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "case *requests *TTFT p50 *SLA",
            "test_chat?m+openai+url_http*40 *0% *pass (interactive)",
            "test_chat?m+openai+url_http*:",
            "PASS  ttft.mean < 10s * [[]*], n=40: all of it keeps < 10 s",
            "PASS  error_rate <= 0%  0 of 40 requests failed",
            "1 case judged at 95%: *",
        ]
    )


def test_the_end_tells_where_the_page_is(run_case: Case, pytester: pytest.Pytester) -> None:
    result = run_case()
    page = only(pytester.path, "fmbench-out/*/report.html")
    result.stdout.fnmatch_lines([f"records: {page.parent}", f"html: {page}"])
    result.stdout.no_fnmatch_line("broken off*")


def test_a_session_that_is_broken_off_tells_how_to_go_on(run_case: Case, pytester: pytest.Pytester) -> None:
    result = run_case(body="raise KeyboardInterrupt")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    session = only(pytester.path, "fmbench-out/*")
    result.stdout.fnmatch_lines([f"broken off: the same with --fmbench-resume {session.name} goes on"])
    result.stdout.fnmatch_lines([f"what there is: fmbench report {session}"])


def test_one_that_has_measured_nothing_has_nothing_to_report(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile("def test_it(endpoint): raise KeyboardInterrupt")
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider")
    result = pytester.runpytest_subprocess(*target)
    result.stdout.fnmatch_lines(["broken off: *"])
    result.stdout.no_fnmatch_line("what there is: *")


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("assert run.tftt.p95 < 1", "E *AttributeError: unknown metric 'tftt', did you mean 'ttft'?*"),
        ("assert run.ttft.p95ms < 1", "E *AttributeError: unknown statistic 'p95ms', did you mean 'p95'?*"),
    ],
)
def test_a_typo_in_a_figure_is_shown_where_it_stands(run_case: Case, body: str, line: str) -> None:
    result = run_case(body=body)
    result.stdout.fnmatch_lines([f">   *{body}", line])
    assert "def __getattr__" not in result.stdout.str()


def test_an_assertion_that_fails_is_explained_in_a_line_each(run_case: Case) -> None:
    result = run_case(body="assert run.ttft.p50 > 10")
    result.stdout.fnmatch_lines(["E *where ttft.p50 = * = <ttft: mean *, p50 *>.p50", "E *<run test_chat[[]*>.ttft"])
    result.stdout.fnmatch_lines(["fmbench = <fmbench of test_chat[[]*>*"])


def test_verdicts_have_colours_where_there_are_any(run_case: Case) -> None:
    result = run_case("--color=yes", sla=("ttft.mean > 10s", "error_rate <= 0%"))
    told = result.stdout.str().partition("= fmbench =")[2]
    assert "\n\x1b[31mFAIL  ttft.mean > 10s" in told
    assert "\n\x1b[32mPASS  error_rate <= 0%" in told


@XDIST
def test_an_sla_that_is_missed_fails_with_its_figures(
    run_case: Case, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    result = run_case(*options, "--junitxml=junit.xml", sla=("ttft.mean > 10s", "error_rate <= 0%"))
    result.assert_outcomes(failed=1)
    assert result.ret == 1
    case = junit(pytester.path / "junit.xml")
    failure = case.find("failure")
    assert failure is not None
    assert case.find("error") is None
    for text in (failure.get("message"), failure.text):
        assert text is not None
        assert "SLA missed: ttft.mean > 10s\n" in text
        assert "FAIL  ttft.mean > 10s" in text
        assert "n=40: all of it misses > 10 s" in text
        assert "PASS  error_rate <= 0%  0 of 40 requests failed" in text


def test_junit_carries_every_figure(run_case: Case, pytester: pytest.Pytester) -> None:
    run_case("--junitxml=junit.xml", sla=("ttft.mean < 10s",))
    found = {item.get("name"): item.get("value") for item in junit(pytester.path / "junit.xml").iter("property")}
    assert found["output_tokens.mean"] == found["output_tokens.mean.low"] == "4.0"
    assert found["error_rate"] == "0.0"
    assert found["ttft.p95.n"] == "40"
    assert str(found["sla: ttft.mean < 10s"]).startswith("pass: ")
    assert found["load"] == "closed:2"


def test_the_table_of_requests_holds_every_chunk_of_every_request(run_case: Case, pytester: pytest.Pytester) -> None:
    run_case()
    folder = only(pytester.path, "fmbench-out/*/cases/*")
    assert sorted(path.name for path in folder.iterdir()) == ["case.json", "requests.parquet", "telemetry.parquet"]
    measurement = read_measurement(folder / "requests.parquet")
    assert measurement.window_requests.num_rows == 40
    whole = [row for row in measurement.requests.to_pylist() if row["status"] == "ok"]
    assert len(whole) >= 42
    assert all(len(row["chunk_ns"]) == row["output_tokens"] == 4 for row in whole)
    assert json.loads((folder / "case.json").read_text())["figures"]["error_rate"]["n"] == 40


def test_every_request_carries_its_id(run_case: Case, mock: MockServer, pytester: pytest.Pytester) -> None:
    run_case()
    rows = read_measurement(only(pytester.path, "fmbench-out/*/cases/*/requests.parquet")).requests.to_pylist()
    asked = [request.header("x-request-id") for request in mock.asked if request.head.startswith("POST")]
    assert UUID(asked.pop(0)), "which some servers want it to be"
    assert len(set(asked)) == len(asked)
    assert {row["request_id"] for row in rows if row["sent_ns"]} == set(asked)


def test_the_session_says_what_it_was_made_with(run_case: Case, pytester: pytest.Pytester) -> None:
    run_case("--fmbench-header", "X-Api-Key: hunter2")
    text = only(pytester.path, "fmbench-out/*/session.json").read_text()
    assert set(json.loads(text)) >= {"begun", "versions", "machine", "options"}
    assert not [path for path in pytester.path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]


def test_a_missed_sla_and_a_failed_assertion_are_shown_together(run_case: Case) -> None:
    result = run_case(sla=("ttft.mean > 10s",), body="assert run.output_tokens.mean > 1000")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*FAIL  ttft.mean > 10s*", ">*assert run.output_tokens.mean > 1000"])


def test_a_failed_assertion_shows_value_interval_and_n(run_case: Case) -> None:
    result = run_case(body="assert run.output_tokens.mean > 1000")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert output_tokens.mean = 4 tok ?4 tok, 4 tok? (n=40) > 1000"])


@pytest.mark.parametrize(("wanted", "outcome"), [("fail", "failed"), ("skip", "skipped"), ("pass", "passed")])
def test_what_the_data_do_not_decide_becomes_what_was_wanted(run_case: Case, wanted: str, outcome: str) -> None:
    result = run_case("--fmbench-inconclusive", wanted, "-rs", sla=("e2e < 10s", "goodput >= 99%"))
    result.assert_outcomes(**{outcome: 1})
    if outcome != "passed":
        result.stdout.fnmatch_lines(["*inconclusive*"])


@pytest.mark.parametrize(("wanted", "outcome"), [("fail", "failed"), ("skip", "skipped"), ("pass", "passed")])
def test_an_assertion_that_the_data_do_not_decide_becomes_what_was_wanted(
    run_case: Case, wanted: str, outcome: str
) -> None:
    result = run_case("--fmbench-inconclusive", wanted, "-rs", body="assert run.ttft.p50 < float(run.ttft.p50)")
    result.assert_outcomes(**{outcome: 1})
    if outcome != "passed":
        result.stdout.fnmatch_lines(["*ttft.p50 = * (n=40) < *: the data do not tell; *"])
    if outcome == "failed":
        result.stdout.fnmatch_lines([">*assert run.ttft.p50 < float(run.ttft.p50)", "E *Inconclusive: *"])


def test_an_assertion_that_is_not_decided_hides_no_missed_sla(run_case: Case) -> None:
    asked = "assert run.ttft.p50 < float(run.ttft.p50)"
    result = run_case("--fmbench-inconclusive", "skip", sla=("ttft.mean > 10s",), body=asked)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*FAIL  ttft.mean > 10s*"])


def test_inconclusive_says_how_many_more_requests_it_takes(run_case: Case) -> None:
    result = run_case(sla=("e2e < 10s", "goodput >= 99%"))
    told = ["SLA inconclusive: goodput >= 99%", "INCONCLUSIVE  goodput >= 99%  100% *n=40*more requests*"]
    result.stdout.fnmatch_lines(told)


def test_failures_of_a_server_that_is_not_ours_are_data(run_case: Case, mock: MockServer) -> None:
    mock.script = lambda _: plain(500, '{"error": "boom"}') if len(mock.asked) % 4 == 0 else chat_reply()
    result = run_case(sla=("error_rate <= 0%",))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAIL  error_rate <= 0%  * of 40 requests failed (* by status 500)"])


def test_an_sla_without_a_measurement_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sla("error_rate <= 0%")
        def test_nothing(fmbench):
            pass
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*has an SLA but measured nothing: call fmbench(...) in it"])


def test_a_server_that_cannot_be_had_is_an_error_of_the_setup(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_fmbench import Deployment, chat, closed

        @pytest.mark.deployments(Deployment("/no/such/model.gguf", "llamacpp"))
        @pytest.mark.sla("error_rate <= 0%")
        def test_chat(fmbench, deployment):
            fmbench(deployment, chat(), closed(1))
        """
    )
    result = pytester.runpytest("--junitxml=junit.xml")
    result.assert_outcomes(errors=1)
    assert junit(pytester.path / "junit.xml").find("error") is not None
    result.stdout.fnmatch_lines(["*/no/such/model.gguf*"])


def test_a_suite_without_benchmarks_notices_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    assert not (pytester.path / "fmbench-out").exists()
    result.stdout.no_fnmatch_line("*fmbench ===*")


@XDIST
def test_a_load_generator_that_is_too_slow_makes_an_error_of_the_case_whatever_its_sla(
    pytester: pytest.Pytester, mock: MockServer, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(
        slow="""
        import time
        from dataclasses import dataclass
        from pytest_fmbench import chat

        @dataclass(frozen=True)
        class Slow:
            def prompt(self, index, seed):
                time.sleep(0.02)  # in the event loop, as a careless workload would
                return chat(output_tokens=4).prompt(index, seed)
        """,
        test_slow="""
        import pytest
        from pytest_fmbench import constant
        from slow import Slow

        @pytest.mark.sla("ttft.mean < 100ms")
        def test_slow(fmbench, deployment):
            fmbench(deployment, Slow(), constant(100), warmup=0, requests=40)
        """,
    )
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
    result = pytester.runpytest_subprocess(*target, *options, "--junitxml=junit.xml")
    result.assert_outcomes(errors=1)
    assert result.ret == 1
    assert junit(pytester.path / "junit.xml").find("error") is not None
    result.stdout.fnmatch_lines(["invalid measurement: the load generator was too slow", "*own error is up to *"])
    result.stdout.fnmatch_lines(["test_slow* invalid"])


def test_goodput_is_judged_by_what_is_promised_of_each_request(run_case: Case) -> None:
    # of so few, one busy moment of this machine would leave even this undecided
    undecided = ("--fmbench-inconclusive", "pass")
    run_case(*undecided, sla=("e2e < 10s", "goodput >= 5%"), body="assert float(run.goodput) == 1").assert_outcomes(
        passed=1
    )
    result = run_case(sla=("e2e > 10s", "goodput >= 80%"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["FAIL  goodput >= 80%  0% *n=40*"])


def test_an_error_of_a_test_that_measures_nothing_keeps_its_traceback(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_fmbench import closed

        def test_load():
            closed(0)
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">*closed(0)"])


def test_a_cap_on_tokens_ends_a_run_against_a_server_that_is_not_ours(run_case: Case) -> None:
    result = run_case("--fmbench-max-tokens", "500", requests=100_000)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["not measured: about * tokens were asked *the cap is 500; --fmbench-max-tokens*"])


def test_a_cap_on_tokens_holds_for_all_cases_together(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_fmbench import chat, closed

        @pytest.mark.parametrize("nth", [1, 2])
        def test_chat(fmbench, deployment, nth):
            fmbench(deployment, chat(4), closed(1), warmup=0, requests=20)
        """
    )
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m")
    result = pytester.runpytest_subprocess(*target, "--fmbench-max-tokens", "200")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["not measured: about * tokens were asked *"])


def test_a_disk_that_fills_up_is_an_error_and_hides_nothing(run_case: Case, pytester: pytest.Pytester) -> None:
    disk = pytester.path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a disk of 64 kB")
    try:
        result = run_case("--fmbench-output", str(disk), requests=2_000)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
    assert result.ret != 0
    assert result.parseoutcomes().get("errors") == 1
    result.stdout.fnmatch_lines(["*is the disk full?*"])


def test_an_assertion_before_anything_is_measured_is_a_plain_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sla("error_rate <= 0%")
        def test_early(fmbench):
            assert 1 == 2
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *assert 1 == 2"])


@pytest.mark.parametrize("where", ["set-up", "call"])
def test_a_case_that_needs_more_hardware_than_there_is_is_skipped_with_the_way_out(
    pytester: pytest.Pytester, where: str
) -> None:
    giant = 'Deployment("smollm2-135m", "llamacpp", options={"threads": 100_000})'
    arguments = "fmbench, deployment" if where == "set-up" else "fmbench"
    pytester.makepyfile(
        f"""
        import pytest
        from pytest_fmbench import Deployment, chat, closed

        GIANT = {giant}

        @pytest.mark.deployments(GIANT)
        @pytest.mark.sla("error_rate <= 0%")
        def test_chat({arguments}):
            fmbench(GIANT, chat(), closed(1))
        """
    )
    result = pytester.runpytest_subprocess("-rs", "--fmbench-require", "all")
    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["SKIPPED*keeps 100000 cores busy, and here there are *: run it on a larger machine*"])
