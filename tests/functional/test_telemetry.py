"""Telemetry of whole sessions, against the mock, which knows what it did."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from pytest_fmbench.store.telemetry import read_telemetry
from pytest_fmbench.testing import Asked, Mock, Step, Write, constant, healthy, serving
from pytest_fmbench.testing.responses import head, refusal

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(Deployment("m", "vllm", instance="url:{url}/v1"))
@pytest.mark.sla({sla})
def test_chat(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=8), closed(2), warmup=0, duration="{duration}")
    {body}
"""
NAMED = """
import pytest
from pytest_fmbench import chat, closed

@pytest.mark.sla("server.running.max <= 7", "error_rate <= 0%")
def test_it(fmbench, deployment):
    run = fmbench(deployment, chat(output_tokens=2), closed(1), warmup=0, duration="1s")
    assert run.server.running.mean == 7
"""
FAST = ("--fmbench-engine", "inprocess", "--fmbench-sampling", "fixed", "-p", "no:cacheprovider")


@pytest.fixture
def mock() -> Iterator[Mock]:
    """A server that takes 90 ms for each request, and tells of itself."""
    with serving(healthy(ttft=constant(0.02), itl=constant(0.01)), metrics=True) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("NVIDIA_VISIBLE_DEVICES", "")


def run(
    pytester: pytest.Pytester,
    mock: Mock,
    *options: str,
    sla: tuple[str, ...] = ("error_rate <= 0%",),
    body: str = "",
    duration: str = "3s",
) -> pytest.RunResult:
    objectives = ", ".join(map(repr, sla))
    pytester.makepyfile(CASE.format(url=mock.url, sla=objectives, body=body, duration=duration))
    return pytester.runpytest_subprocess(*FAST, *options)


def case_of(pytester: pytest.Pytester) -> Path:
    (path,) = pytester.path.glob("fmbench-out/*/cases/*")
    return path


def test_what_a_server_tells_is_kept_judged_and_reported_again(pytester: pytest.Pytester, mock: Mock) -> None:
    sla = ("server.running.max <= 2", "server.waiting.mean < 1", "host.memory.max > 1MB", "error_rate <= 0%")
    body = "assert run.server.running.max == 2 and run.telemetry.num_rows > 0"
    result = run(pytester, mock, "--fmbench-telemetry", "100ms", sla=sla, body=body)
    result.assert_outcomes(passed=1)
    folder = case_of(pytester)
    summary = json.loads((folder / "case.json").read_text())
    told, found = summary["telemetry"], read_telemetry(folder / "telemetry.parquet")
    assert found is not None
    window = [row for row in found.rows.to_pylist() if row["name"] == "running"]
    assert told["figures"]["server.running"]["max"] == 2.0 == max(row["value"] for row in window)
    assert told["figures"]["server.running"]["n"] <= len(window) - 2, "one before the window, and one after it"
    assert {name for name, cost in told["costs"].items() if cost["cpu_s_each"] > 0} == {"server", "host"}
    assert set(told["absent"]) == {"nvml", "dcgm", "neuron", "cloudwatch", "cloudwatch_gpu"}
    both = told["ttft"]
    assert abs(both["n"] - both["theirs_n"]) <= 4, "at each end two first tokens may be on their way"
    assert both["mean_s"] > 0.8 * both["theirs_mean_s"] > 0.8 * 0.02
    assert summary["verdicts"][0]["reason"].startswith("largest of n=")
    again = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "--markdown", "again.md")
    assert again.ret == 0
    again.stdout.fnmatch_lines(
        [
            "PASS *server.running.max <= 2 *",
            "test_chat*, sampled:",
            "  server.running *2 req*",
            "  ttft over *",
            "  left out nvml: *",
        ]
    )
    markdown = (pytester.path / "again.md").read_text()
    assert "<summary>Telemetry</summary>" in markdown
    assert "| `server.running` |" in markdown
    (written,) = pytester.path.glob("fmbench-out/*/summary.md")
    assert "| `server.running` |" in written.read_text()


def plain_page(text: bytes) -> Callable[[Asked], Iterable[Step]]:
    """Answers everything with it."""
    headers = {"Content-Type": "text/plain", "Content-Length": f"{len(text)}"}
    return lambda _: [Write(head(200, headers) + text)]


def test_what_serves_at_a_url_and_where_it_tells_of_itself_can_be_said(pytester: pytest.Pytester) -> None:
    """The page is another server's than the one that answers, so that nobody takes one for the other."""
    pytester.makepyfile(NAMED)
    page = plain_page(b"vllm:num_requests_running 7\nvllm:num_requests_waiting 0\n")
    with serving(healthy(ttft=constant(0.02))) as mock, serving(page) as told:
        target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-stack", "vllm")
        where = ("--fmbench-metrics-url", f"{told.url}/its/page", "--fmbench-telemetry", "100ms")
        result = pytester.runpytest_subprocess(*FAST, *target, *where, "-rA")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["PASSED *test_it[[]m+vllm+url_http_127.0.0.1_*"])
    assert {one.path for one in told.asked} == {"/its/page"}
    assert not [one for one in mock.asked if one.path == "/metrics"]


class Fading:
    """Tells of itself once, and no more."""

    def __init__(self) -> None:
        self._healthy, self._told = healthy(ttft=constant(0.02)), False

    def __call__(self, asked: Asked) -> Iterable[Step]:
        if asked.path != "/metrics":
            return self._healthy(asked)
        if self._told:
            return [refusal(503, "busy")]
        self._told = True
        return plain_page(b"vllm:num_requests_waiting 0\n")(asked)


def test_a_server_that_stops_telling_leaves_gaps_and_the_run_goes_on(pytester: pytest.Pytester) -> None:
    """What could not be sampled is an error then, and never a pass."""
    sla = ("server.waiting.mean < 2", "error_rate <= 0%")
    with serving(Fading()) as mock:
        result = run(pytester, mock, "--fmbench-inconclusive", "pass", sla=sla, body="pass", duration="2s")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*not measured: an objective is about what nobody sampled*", "*server failed * of * times*"]
    )


def test_what_cannot_be_sampled_is_refused_before_there_is_load(pytester: pytest.Pytester, mock: Mock) -> None:
    result = run(pytester, mock, sla=("gpu.power.mean < 300W",))
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*cannot be measured: no source tells gpu.power.*nvml: *"])
    asked = [one for one in mock.asked if one.method == "POST"]
    assert len(asked) <= 2, "the preflight's"


def test_without_sampling_nothing_is_asked_and_nothing_kept(pytester: pytest.Pytester, mock: Mock) -> None:
    run(pytester, mock, "--fmbench-telemetry", "off", duration="1s").assert_outcomes(passed=1)
    assert not [one for one in mock.asked if one.path == "/metrics"]
    assert not (case_of(pytester) / "telemetry.parquet").exists()
    assert "telemetry" not in json.loads((case_of(pytester) / "case.json").read_text())
