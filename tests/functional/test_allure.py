"""Allure's results of a session, read as Allure reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.mock_server import MockServer

pytestmark = pytest.mark.lasting

Case = Callable[..., pytest.RunResult]
XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])

SHOWN = ["Latencies", "Figures", "Figures (CSV, SI units)", "Certificate"]
RUN = ["provision", "check", "warm up", "measure", "drain"]
MISSED = ("output_tokens.mean > 1000 tok", "ttft.mean < 10s")
"""Missed whatever the machine does, with a limit to draw."""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    return pytester.path / "allure"


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, ...], Path]:
    """Results of a case that passes, by options: several tests read them, the first of which makes them."""
    return {}


@pytest.fixture
def passed(made: dict[tuple[str, ...], Path], run_case: Case, folder: Path, options: tuple[str, ...]) -> Path:
    if options not in made:
        result = run_case(*options, "--alluredir", "allure", sla=("ttft.mean < 10s", "error_rate <= 0%"))
        result.assert_outcomes(passed=1)
        made[options] = folder
    return made[options]


def read(folder: Path, pattern: str) -> list[Any]:
    return [json.loads(path.read_text("utf-8")) for path in folder.glob(pattern)]


def only(folder: Path) -> Any:
    [result] = read(folder, "*-result.json")
    return result


def fixture(folder: Path, name: str) -> Any:
    [found] = [
        before
        for group in read(folder, "*-container.json")
        for before in group.get("befores", ())
        if before["name"] == name
    ]
    return found


def names(things: list[Any]) -> list[str]:
    return [thing["name"] for thing in things]


def text(folder: Path, attached: list[Any], name: str) -> str:
    source: str
    [source] = [one["source"] for one in attached if one["name"] == name]
    return (folder / source).read_text("utf-8")


def several(pytester: pytest.Pytester, mock: MockServer, body: str, *options: str) -> pytest.RunResult:
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    pytester.makepyfile(
        f"import pytest\nfrom pytest_fmbench import chat, closed\ndef test_it(fmbench, deployment):\n{lines}"
    )
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--alluredir", "allure")
    return pytester.runpytest_subprocess(*target, *options, "-p", "no:cacheprovider")


@XDIST
def test_a_case_that_passes(passed: Path) -> None:
    result = only(passed)
    assert result["status"] == "passed"
    shown = {parameter["name"]: parameter["value"] for parameter in result["parameters"]}
    assert shown.pop("deployment").startswith("m+openai+url_http_127.0.0.1_")
    assert shown.pop("workload").startswith("Chat(output_tokens=4")
    assert shown == {"load": "closed:2", "sla": "ttft.mean < 10s, error_rate <= 0%"}
    assert names(result["attachments"]) == ["Verdicts", *SHOWN]
    assert text(passed, result["attachments"], "Verdicts").startswith("PASS  ttft.mean < 10s ")
    assert "\nerror_rate,0.0,0.0," in text(passed, result["attachments"], "Figures (CSV, SI units)")


@XDIST
def test_stages_are_steps_one_after_another(passed: Path) -> None:
    result = only(passed)
    assert names(fixture(passed, "fmbench")["steps"]) == ["provision"]
    assert names(result["steps"]) == [*RUN, "judge"]
    assert {step["status"] for step in result["steps"]} == {"passed"}
    assert not [step for step in result["steps"] if "steps" in step]
    times = [at for step in result["steps"] for at in (step["start"], step["stop"])]
    assert times == sorted(times)
    assert result["start"] <= times[0]
    assert times[-1] <= result["stop"]


@XDIST
def test_a_case_that_misses_its_sla(run_case: Case, folder: Path, options: tuple[str, ...]) -> None:
    run_case(*options, "--alluredir", "allure", sla=MISSED).assert_outcomes(failed=1)
    result = only(folder)
    assert result["status"] == "failed"
    message = result["statusDetails"]["message"]
    assert message.startswith(f"pytest_fmbench.errors.SlaMissed: SLA missed: {MISSED[0]}\n")
    assert "FAIL  output_tokens.mean > 1000 tok" in text(folder, result["attachments"], "Verdicts")
    assert "ttft.mean &lt; 10s: pass" in text(folder, result["attachments"], "Latencies")
    assert '<td class="fail">' in text(folder, result["attachments"], "Figures")


@XDIST
def test_a_server_that_cannot_be_had(pytester: pytest.Pytester, folder: Path, options: tuple[str, ...]) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_fmbench import Deployment, chat, closed

        @pytest.mark.deployments(Deployment("/no/such/model.gguf", "llamacpp"))
        def test_chat(fmbench, deployment):
            fmbench(deployment, chat(), closed(1))
        """
    )
    pytester.runpytest_subprocess(*options, "--alluredir", "allure").assert_outcomes(errors=1)
    result = only(folder)
    assert result["status"] == "broken"
    assert [(one["name"], one["value"]) for one in result["parameters"]] == [("deployment", "model+llamacpp+local")]
    [step] = fixture(folder, "fmbench")["steps"]
    assert (step["name"], step["status"]) == ("provision", "broken")
    assert "/no/such/model.gguf" in step["statusDetails"]["message"]
    assert "steps" not in result
    assert "deployments=model+llamacpp+local\n" in (folder / "environment.properties").read_text()
    assert (folder / "categories.json").exists()


@XDIST
def test_a_fault_breaks_the_stage_that_it_ends(
    pytester: pytest.Pytester, mock: MockServer, folder: Path, options: tuple[str, ...]
) -> None:
    pytester.makepyfile(
        broken="""
        from dataclasses import dataclass
        from pytest_fmbench import chat

        @dataclass(frozen=True)
        class Broken:
            def prompt(self, index, seed):
                if 20 < index < 1000:  # beyond is the check
                    raise RuntimeError("no more questions")
                return chat(output_tokens=4).prompt(index, seed)
        """
    )
    body = "from broken import Broken\nfmbench(deployment, chat(4), closed(1), warmup=0, requests=9, name='whole')\n"
    body += "fmbench(deployment, Broken(), closed(1), warmup=0)"
    several(pytester, mock, body, *options).assert_outcomes(errors=1)
    result = only(folder)
    assert result["status"] == "broken"
    assert "WorkerError: " in result["statusDetails"]["message"]
    assert names(result["steps"]) == [*RUN, "provision #2", "check #2", "warm up #2", "measure #2"]
    assert [step["status"] for step in result["steps"]] == ["passed"] * 8 + ["broken"]
    assert names(result["attachments"]) == SHOWN


def test_each_of_several_runs_has_its_own_attachments(
    pytester: pytest.Pytester, mock: MockServer, folder: Path
) -> None:
    body = """
for users in (1, 2):
    fmbench(deployment, chat(output_tokens=4), closed(users), warmup=0, requests=20, name=f"of {users}")
"""
    several(pytester, mock, body).assert_outcomes(passed=1)
    result = only(folder)
    again = [f"{stage} #2" for stage in RUN]
    assert names(result["steps"]) == [*RUN, *again, "judge", "of 1", "of 2"]
    for step in result["steps"][-2:]:
        assert names(step["attachments"]) == SHOWN
        assert f">{step['name']}</text>" in text(folder, step["attachments"], "Latencies")
    assert "closed:1 | closed:2" in {one["value"] for one in result["parameters"]}
    keys = {sample["key"] for samples in read(folder, "*-perf.json") for sample in samples}
    assert {key.partition("test_it")[2].partition("] ")[2] for key in keys} >= {"of 1 ttft.p99", "of 2 ttft.p99"}


def test_stages_lie_within_the_step_of_the_user_who_measures_in_one(
    pytester: pytest.Pytester, mock: MockServer, folder: Path
) -> None:
    body = """
import allure
with allure.step("mine"):
    fmbench(deployment, chat(output_tokens=4), closed(1), warmup=0, requests=9)
with allure.step("thinking"):
    pass
"""
    several(pytester, mock, body).assert_outcomes(passed=1)
    result = only(folder)
    assert names(result["steps"]) == ["mine", "thinking", "judge"]
    assert names(result["steps"][0]["steps"]) == RUN


@XDIST
def test_what_a_session_has_once(passed: Path) -> None:
    lines = (passed / "environment.properties").read_text().splitlines()
    keys = [line.partition("=")[0] for line in lines]
    assert keys[0] == "deployments"
    assert len(keys) == len({*keys})
    assert {*keys} >= {"pytest-fmbench", "python", "system", "cores"}
    assert lines[0].startswith("deployments=m+openai+url_http_127.0.0.1_")
    [categories] = read(passed, "categories.json")
    assert names(categories) == [
        "SLA missed",
        "SLA inconclusive",
        "Environment fault",
        "Invalid measurement",
        "Worse than the baseline",
        "Not comparable with the baseline",
    ]
    [samples] = read(passed, "*-perf.json")
    assert all(sample["start"] <= sample["stop"] for sample in samples)


def test_a_history_is_the_same_under_xdist_and_under_another_sla(run_case: Case, folder: Path) -> None:
    for more in ((), ("-n", "2")):
        run_case("--alluredir", "allure", *more)
    run_case("--alluredir", "allure", sla=MISSED)
    results = read(folder, "*-result.json")
    assert len(results) == 3
    assert len({result["historyId"] for result in results}) == 1
    # Allure 3 makes an id of its own, of the parameters that are not excluded
    assert len({str([one for one in result["parameters"] if not one.get("excluded")]) for result in results}) == 1


def test_no_secret_is_written(run_case: Case, pytester: pytest.Pytester) -> None:
    run_case("-n", "2", "--alluredir", "allure", "--fmbench-header", "X-Api-Key: hunter2", sla=MISSED)
    written = [path for path in pytester.path.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-result.json") for path in written)
    assert not [path for path in written if b"hunter2" in path.read_bytes()]


@pytest.mark.parametrize("options", [(), ("-p", "no:allure_pytest")], ids=["not asked for", "not installed"])
def test_without_a_folder_nothing_of_it_is_loaded(
    run_case: Case, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    body = "import sys; assert not {'pytest_fmbench.sinks.allure', 'pytest_fmbench.sinks.plot'} & {*sys.modules}"
    run_case(*options, body=body).assert_outcomes(passed=1)
    assert not [*pytester.path.rglob("categories.json")]


@XDIST
def test_a_report_that_cannot_be_written_fails_the_session(
    run_case: Case, folder: Path, options: tuple[str, ...]
) -> None:
    (folder / "categories.json").mkdir(parents=True)
    result = run_case(*options, "--alluredir", "allure")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines(["a report is missing: cannot add to *categories.json*"])


def test_a_suite_without_benchmarks_notices_nothing(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makepyfile("def test_plain(): pass")
    pytester.runpytest_subprocess("--alluredir", "allure").assert_outcomes(passed=1)
    assert [path.name.partition("-")[2] for path in folder.iterdir() if "result" in path.name]
    assert not {"categories.json", "environment.properties"} & {path.name for path in folder.iterdir()}
