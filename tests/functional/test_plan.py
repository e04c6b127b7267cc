"""``--fmbench-plan``: what would run is told, and nothing is run."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.mock_server import MockServer

XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])

WITNESS = """
import sys
from pathlib import Path
import pytest

SEEN = Path(__file__).with_name("seen.txt")
WATCHED = {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.posix_spawn", "os.fork"}
during = []

def watch(event, arguments):
    if during and event in WATCHED:
        with SEEN.open("a") as file:
            file.write(f"{event} {arguments!r}\\n")

sys.addaudithook(watch)

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    during.append(item)
    try:
        return (yield)
    finally:
        during.pop()
"""
"""A conftest that writes down every socket and every process that is used while a case runs."""

CASES = """
import pytest
from pytest_fmbench import Deployment, chat, closed, constant

LOCAL = Deployment("smollm2-135m", "llamacpp")

@pytest.mark.parametrize("load", [closed(2), constant(20)], ids=str)
@pytest.mark.sla("ttft.p95 < 2s", "error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    try:
        fmbench(deployment, chat(4), load, duration=30)
    except Exception as error:
        raise AssertionError("a plan is no exception") from error
    raise AssertionError("nothing comes back")

@pytest.mark.deployments(LOCAL)
@pytest.mark.sla("goodput >= 90%", "e2e < 4s")
def test_here(fmbench, deployment):
    reached = fmbench(deployment, chat(4), closed(1), judged=False)
    fmbench(deployment, chat(4), constant(reached.request_rate / 2))

def test_compare(fmbench, deployment):
    fmbench.compare(deployment, LOCAL, chat(4), closed(2), pairs=4, duration=8)

def test_endpoint(endpoint, fmbench):
    raise AssertionError(endpoint)

def test_only_the_endpoint(endpoint):
    raise AssertionError(endpoint)

@pytest.fixture
def measured(fmbench, deployment):
    return fmbench(deployment, chat(4), closed(1))

def test_in_a_fixture(measured):
    raise AssertionError(measured)

@pytest.fixture
def started():
    raise AssertionError("not for a plan")

def test_plain(started):
    pass
"""

MEASURED = """
import pytest
from pytest_fmbench import chat, closed

@pytest.mark.sla("ttft.p90 < 20s", "error_rate <= 0%")
def test_chat(fmbench, deployment):
    fmbench(deployment, chat(4), closed(2), warmup=0, requests={requests})

def test_compare(fmbench, deployment):
    if {compares}:
        fmbench.compare(deployment, deployment, chat(4), closed(2), warmup=0, duration=0.4, pairs=4)
"""


def nobody() -> str:
    """A URL where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


def run(pytester: pytest.Pytester, url: str, *options: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(
        "--fmbench-url", url, "--fmbench-model", "m", *options, "-p", "no:cacheprovider"
    )


def plan_of(path: Path) -> dict[str, Any]:
    (file,) = path.glob("fmbench-out/*/plan.json")
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def by_function(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {case["case"].partition("::")[2].partition("[")[0]: case for case in plan["cases"]}


@XDIST
def test_nothing_is_run_and_everything_is_planned(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    pytester.makeconftest(WITNESS)
    pytester.makepyfile(CASES)
    result = run(pytester, nobody(), "--fmbench-plan", *options, "-rs")
    result.assert_outcomes(skipped=8)
    assert result.ret == pytest.ExitCode.OK
    assert not (pytester.path / "seen.txt").exists(), (pytester.path / "seen.txt").read_text()
    (session,) = (pytester.path / "fmbench-out").iterdir()
    assert [path.name for path in session.iterdir()] == ["plan.json"]
    plan = plan_of(pytester.path)
    assert len(plan["cases"]) == 7
    cases = by_function(plan)
    assert set(cases) == {
        "test_chat",
        "test_here",
        "test_compare",
        "test_endpoint",
        "test_only_the_endpoint",
        "test_in_a_fixture",
    }
    assert cases["test_here"]["usd"] == {"ours": True, "expected": 0.0, "at_most": 0.0}
    assert cases["test_here"]["objectives"] == []  # its first question is not judged
    assert (cases["test_compare"]["pairs"], cases["test_compare"]["block_s"]) == (4, 2.0)
    assert cases["test_in_a_fixture"]["load"] == "closed:1"
    assert (
        cases["test_endpoint"]["why"] == cases["test_only_the_endpoint"]["why"] == "it asks for its live endpoint first"
    )
    assert plan["total"]["planned"] == 5
    result.stdout.fnmatch_lines(["*planned (--fmbench-plan)*"])
    result.stdout.fnmatch_lines(["*no benchmark (--fmbench-plan)*"])


def test_the_witness_would_see_a_run(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(WITNESS)
    pytester.makepyfile(CASES)
    run(pytester, nobody(), "-k", "test_chat and closed").assert_outcomes(failed=1)
    assert "socket.connect" in (pytester.path / "seen.txt").read_text()


@XDIST
def test_the_terminal_tells_requests_minutes_and_dollars(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    pytester.makepyfile(CASES)
    result = run(pytester, nobody(), "--fmbench-plan", *options, "-k", "test_chat and constant")
    result.stdout.fnmatch_lines(
        [
            "*fmbench plan: nothing was run*",
            "case, and what it promises * requests at least * expected  window holds * minutes  at most *dollars",
            "*test_chat?m+*-constant:20? * not known * 600  not known * 1.58  not ours  constant:20, 5 s before *",
            "  ttft.p95 < 2s * 6? * not known",
            "  error_rate <= 0% * counted * -*",
            "cases: 1; minutes: expected not known, 1.58 at most; dollars: not ours",
            "a case is planned up to its first measurement*",
            "plan: *plan.json",
        ]
    )
    assert ("also under -n" in result.stdout.str()) is bool(options)


@pytest.mark.lasting
def test_a_session_of_plans_is_no_session_of_reports(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(MEASURED.format(requests=40, compares=False))
    run(pytester, f"{mock.url}/v1", "-k", "test_chat").assert_outcomes(passed=1)
    run(pytester, f"{mock.url}/v1", "--fmbench-plan")
    result = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["session *, the only one in fmbench-out"])


@pytest.mark.lasting
def test_what_was_measured_before_is_expected_again(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(MEASURED.format(requests=130, compares=True))
    run(pytester, f"{mock.url}/v1", "-k", "test_chat").assert_outcomes(passed=1)
    asked = len(mock.asked)
    result = run(pytester, f"{mock.url}/v1", "--fmbench-plan")
    result.assert_outcomes(skipped=2)
    assert len(mock.asked) == asked
    cases = by_function(plan_of(pytester.path))
    chat, (ttft, errors) = cases["test_chat"], cases["test_chat"]["objectives"]
    assert chat["requests"] == {"expected": 130, "window_holds": 130, "limit": 130}
    assert chat["history"]["session"] in {path.name for path in (pytester.path / "fmbench-out").iterdir()}
    assert (chat["history"]["requests"], chat["history"]["measurements"]) == (130, 1)
    assert (ttft["expected"], ttft["why"], ttft["at_least"]) == (130, "pass at the end", 29)
    assert (errors["counted"], errors["expected"]) == (True, None)
    assert 0 < chat["window_s"]["expected"] < chat["window_s"]["at_most"] == 40.0
    assert 0 < chat["minutes"]["expected"] < chat["minutes"]["at_most"]
    assert [one["statistic"] for one in cases["test_compare"]["detectable"]] == [
        "ttft.p95",
        "ttft.mean",
        "e2e.p95",
        "e2e.mean",
    ]
    result.stdout.fnmatch_lines(
        ["*smallest effect that is found in 90% of comparisons", "  ttft.p95   +*% with blocks of *"]
    )


@pytest.mark.lasting
def test_what_is_asked_anew_was_never_measured(pytester: pytest.Pytester, mock: MockServer) -> None:
    pytester.makepyfile(MEASURED.format(requests=40, compares=False))
    run(pytester, f"{mock.url}/v1", "-k", "test_chat").assert_outcomes(passed=1)
    pytester.makepyfile(MEASURED.format(requests=40, compares=False).replace("closed(2)", "closed(3)"))
    run(pytester, f"{mock.url}/v1", "--fmbench-plan", "-k", "test_chat")
    (chat,) = plan_of(pytester.path)["cases"]
    assert (chat["history"]["session"], chat["history"]["why"]) == (None, "never measured")
    assert chat["objectives"][0]["expected"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("closed(2)", "closed(0)"), "*closed(0): give a whole number of users, from 1*"),
        (("ttft.p90", "ttft.p99"), "*'ttft.p99 < 20s' cannot pass with 40 samples*"),
        (("ttft.p90", "tftt.p90"), "*unknown metric 'tftt', did you mean 'ttft'?*"),
        (("requests=40", "requests=40, duration=-1"), "*a window of -1 s cannot be measured*"),
        (("fmbench(deployment", "fmbench(Deployment('m', 'nope')"), "*unknown stack 'nope'*"),
        (("warmup=0", "warmdown=0"), "*unexpected keyword argument 'warmdown'*"),
        (
            ("fmbench(deployment", "(lambda *_, **__: 0)(deployment"),
            "*has an SLA but measured nothing: call fmbench(...) in it*",
        ),
    ],
)
def test_mistakes_show_as_they_would_in_a_run(pytester: pytest.Pytester, change: tuple[str, str], message: str) -> None:
    text = MEASURED.format(requests=40, compares=False).replace("import chat", "import Deployment, chat")
    assert change[0] in text
    pytester.makepyfile(text.replace(*change))
    result = run(pytester, nobody(), "--fmbench-plan", "-k", "test_chat")
    assert result.ret not in {pytest.ExitCode.OK, pytest.ExitCode.INTERNAL_ERROR}
    result.stdout.fnmatch_lines([message])


def test_a_plan_and_a_requirement_exclude_each_other(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CASES)
    result = run(pytester, nobody(), "--fmbench-plan", "--fmbench-require", "all")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--fmbench-plan measures nothing*give one of them*"])


def test_where_no_benchmark_is_selected_nothing_is_planned(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CASES)
    result = run(pytester, nobody(), "--fmbench-plan", "-k", "test_plain")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["no case was planned"])
    assert not (pytester.path / "fmbench-out").exists()


def test_a_plan_that_cannot_be_written_fails_the_session(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CASES)
    (pytester.path / "fmbench-out").write_text("in the way")
    result = run(pytester, nobody(), "--fmbench-plan", "-k", "test_chat")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["the plan is missing: cannot write *plan.json*"])


def test_allure_reports_no_plan(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CASES)
    result = run(pytester, nobody(), "--fmbench-plan", "--alluredir", "allure", "-k", "test_chat")
    result.assert_outcomes(skipped=2)
