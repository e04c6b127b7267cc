"""``--fmbench-baseline``: sessions that are held against an earlier one, on the mock server that ships."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.testing import Mock, healthy, normal, serving

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import chat, closed, poisson

@pytest.mark.parametrize("nth", {cases})
@pytest.mark.sla({sla})
def test_chat(fmbench, deployment, nth):
    run = fmbench(deployment, {workload}, {load}, warmup={warmup}, requests={requests})
    {body}
"""
FASTER, AS_BEFORE, SLOWER = (healthy(ttft=normal(mean, mean / 10)) for mean in (0.02, 0.04, 0.08))
FEW = {"requests": "8", "warmup": "0"}
"""Where it does not matter what is measured."""
XDIST = pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["serial", "xdist"])

Run = Callable[..., pytest.RunResult]


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with serving(AS_BEFORE) as server:
        yield server


@pytest.fixture(autouse=True)
def _as_fast_as_before(mock: Mock) -> None:
    mock.script = AS_BEFORE
    mock.forget()


def against(baseline: object) -> str:
    """The option, in one piece: as a word of its own, pytest takes a path for one to collect, and moves its rootdir."""
    return f"--fmbench-baseline={baseline}"


def slower(mock: Mock) -> None:
    mock.script = SLOWER


def written(folder: Path, **changed: str) -> None:
    case = {
        "cases": "[1]",
        "sla": "'error_rate <= 0%'",
        "workload": "chat(output_tokens=1)",
        "load": "closed(4)",
        "requests": "200",
        "warmup": "0.3",
        "body": "",
    }
    (folder / "test_it.py").write_text(CASE.format(**case | changed))


@pytest.fixture(scope="module")
def before(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of two cases that was measured earlier: its folder."""
    mock.script = AS_BEFORE
    folder = tmp_path_factory.mktemp("before")
    written(folder, cases="[1, 2]")
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "--rootdir", str(folder), *target, "--fmbench-engine", "inprocess"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (session,) = folder.glob("fmbench-out/*")
    return session


@pytest.fixture
def copied(before: Path, tmp_path: Path) -> Path:
    """Of it, to be changed."""
    return Path(shutil.copytree(before, tmp_path / "copied"))


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "state"))


@pytest.fixture
def run(pytester: pytest.Pytester, mock: Mock) -> Run:
    """Run the case again with further options, or another one."""

    def again(*options: str, **changed: str) -> pytest.RunResult:
        written(pytester.path, **changed)
        target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(
            *target, "--fmbench-sampling", "fixed", "--fmbench-engine", "inprocess", *options
        )

    return again


def told(pytester: pytest.Pytester) -> dict[str, Any]:
    """What the only case's ``case.json`` says of its baseline."""
    (path,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    found: dict[str, Any] = json.loads(path.read_text())["baseline"]
    return found


def changed_conditions(session: Path, **groups: dict[str, Any]) -> None:
    for path in session.glob("cases/*/case.json"):
        kept = json.loads(path.read_text())
        for group, values in groups.items():
            kept["conditions"][group].update(values)
        path.write_text(json.dumps(kept))


@XDIST
def test_a_run_like_its_baseline_passes_and_is_told(
    run: Run, before: Path, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    assert main(["baseline", "save", "main", str(before)]) == 0
    # so few that a busy machine, which may well slow one of two equal runs down, cannot decide it
    result = run("--fmbench-baseline", "main", *options, **FEW)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["test_chat?* against main:", "EQUIVALENT *error_rate *0% -> 0%, 0% in both, as counted"]
    )
    result.stdout.fnmatch_lines(
        ["These intervals cover the noise within both runs only, not another day or neighbour."]
    )
    found = told(pytester)
    assert found["name"] == "main"
    assert not {one["change"] for one in found["statistics"]} & {"regression"}
    (summary,) = pytester.path.glob("fmbench-out/*/summary.md")
    assert summary.read_text().startswith("## fmbench: 1 of 1 cases passed\n")
    assert "against `main`" in summary.read_text()


def test_a_server_that_takes_half_as_long_passes(run: Run, before: Path, mock: Mock, pytester: pytest.Pytester) -> None:
    mock.script = FASTER
    run(against(before)).assert_outcomes(passed=1)
    assert "improvement" in {one["change"] for one in told(pytester)["statistics"]}


@XDIST
def test_a_server_that_takes_twice_as_long_fails_the_case(
    run: Run, before: Path, mock: Mock, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    slower(mock)
    result = run(against(before), "--junitxml=junit.xml", *options)
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "worse than the baseline",
            f"test_chat* against {before.name}:",
            "REGRESSION *: all of it is worse",
        ]
    )
    result.stdout.fnmatch_lines(["PASS *error_rate <= 0%*"])
    # which of them a busy machine leaves undecided is not what this is about
    worse = [one for one in told(pytester)["statistics"] if one["change"] == "regression"]
    assert all(one["ratio"] > 1.5 or one["name"] == "output_token_rate" for one in worse)
    case = ET.fromstring((pytester.path / "junit.xml").read_text()).find(".//testcase")  # noqa: S314  # written by pytest a moment ago
    assert case is not None
    assert case.find("failure") is not None
    assert case.find("error") is None
    properties = {item.get("name"): str(item.get("value")) for item in case.iter("property")}
    assert properties[f"baseline: {worse[0]['name']}"].startswith("regression: ")
    (summary,) = pytester.path.glob("fmbench-out/*/summary.md")
    assert summary.read_text().startswith("## fmbench: 0 of 1 cases passed, 1 failed\n")
    assert "### Errors" not in summary.read_text()


def test_a_report_holds_the_records_against_it_again(
    run: Run, before: Path, mock: Mock, pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    slower(mock)
    result = run(against(before))
    # once each: the failure and the session's table tell them, and where CI is set pytest's summary does too
    printed = (line for line in result.outlines if line.startswith(("REGRESSION", "INCONCLUSIVE", "EQUIVALENT")))
    shown = [*dict.fromkeys(printed)]
    out = str(pytester.path / "fmbench-out")
    capsys.readouterr()
    for command in (["report", out, "--baseline", str(before)], ["report", out]):
        assert main(command) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line in shown] == shown
    assert main(["report", out, "--baseline", "mian"]) == 2
    assert "unknown baseline" in capsys.readouterr().err
    assert main(["report", out, "--baseline", str(before), "--baseline-despite", "machin"]) == 2
    assert "unknown condition 'machin', did you mean 'machine'?" in capsys.readouterr().err


def test_a_regression_a_missed_sla_and_a_failed_assertion_are_shown_together(
    run: Run, before: Path, mock: Mock
) -> None:
    slower(mock)
    sla, body = "'error_rate <= 0%', 'ttft.max < 1ms'", "assert run.output_tokens.mean > 1000"
    result = run(against(before), sla=sla, body=body)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "SLA missed: ttft.max < 1ms",
            "FAIL *ttft.max < 1ms*",
            "worse than the baseline",
            "REGRESSION *",
            ">*assert run.output_tokens.mean > 1000",
        ]
    )


def test_a_run_that_is_not_judged_is_not_held_against_it(
    run: Run, before: Path, mock: Mock, pytester: pytest.Pytester
) -> None:
    slower(mock)
    second = "fmbench(deployment, chat(output_tokens=1), closed(4), warmup=0, requests=8)"
    result = run(against(before), load="closed(4), judged=False", body=second, **FEW)
    result.assert_outcomes(passed=1)
    found = [json.loads(path.read_text()) for path in sorted(pytester.path.glob("fmbench-out/*/cases/*/case.json"))]
    assert [one["judged"] for one in found] == [False, True]
    assert ["baseline" in one for one in found] == [False, True]
    assert found[1]["baseline"]["lacking"].startswith("it lacks this case"), "the second run of a case is another one"


def test_a_case_that_the_baseline_lacks_says_so_and_passes(run: Run, before: Path) -> None:
    result = run(against(before), cases="[3]", **FEW)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"test_chat* against {before.name}:", "not compared: it lacks this case; *rootdir"])


def test_other_conditions_make_an_error_that_lists_them(run: Run, copied: Path, pytester: pytest.Pytester) -> None:
    changed_conditions(copied, machine={"cores": 999}, stack={"version": "0.9"})
    result = run(against(copied), "--junitxml=junit.xml", **FEW)
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "not comparable with the baseline",
            "not compared: machine cores: 999 -> *",
            "not compared: stack version: 0.9 -> unknown",
            "*fmbench baseline save NAME --replace*--fmbench-baseline-despite*",
            "PASS *error_rate <= 0%*",
        ]
    )
    case = ET.fromstring((pytester.path / "junit.xml").read_text()).find(".//testcase")  # noqa: S314  # written by pytest a moment ago
    assert case is not None
    assert case.find("error") is not None
    assert case.find("failure") is None
    (summary,) = pytester.path.glob("fmbench-out/*/summary.md")
    assert summary.read_text().startswith("## fmbench: 0 of 1 cases passed, 1 with an error\n")


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"workload": "chat(output_tokens=3)"},
            "workload prompts: * -> * (Chat(output_tokens=1) -> Chat(output_tokens=3))",
        ),
        ({"load": "closed(2)"}, "load arrivals: Closed(users=4) -> Closed(users=2)"),
        ({"load": "poisson(50)"}, "load arrivals: Closed(users=4) -> Poisson(rate=50.0)"),
    ],
)
def test_another_question_is_another_condition(run: Run, before: Path, changed: dict[str, str], line: str) -> None:
    result = run(against(before), **FEW, **changed)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"not compared: {line}".replace("[", "?")])


def test_what_may_differ_is_compared_and_told(run: Run, copied: Path) -> None:
    changed_conditions(copied, machine={"cores": 999}, stack={"version": "0.9"})
    despite = ("--fmbench-baseline-despite", "machine,stack")
    result = run(against(copied), *despite, **FEW)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["EQUIVALENT *error_rate*", "although it differs: machine cores: 999 -> *"])
    result.stdout.fnmatch_lines(["although it differs: stack version: 0.9 -> unknown"])


def test_a_baseline_that_is_damaged_meanwhile_is_an_error_and_loses_no_verdict(
    run: Run, copied: Path, pytester: pytest.Pytester
) -> None:
    for table in copied.glob("cases/*/requests.parquet"):
        table.write_bytes(b"no table")
    result = run(against(copied), **FEW)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["cannot read *requests.parquet*"])
    (path,) = pytester.path.glob("fmbench-out/*/cases/*/case.json")
    assert [one["outcome"] for one in json.loads(path.read_text())["verdicts"]] == ["pass"]


def test_a_file_travels(run: Run, before: Path, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "main.zip"
    assert main(["baseline", "save", "main", str(before), "--to", str(file)]) == 0
    result = run(against(file), **FEW)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["test_chat* against main:", "EQUIVALENT *error_rate*"])


def spoiled(copied: Path, how: str) -> str:
    """What the option is given, of a baseline that is spoiled so."""
    if how == "interrupted":
        next(copied.glob("cases/*")).joinpath("spool").touch()
    elif how == "folder":
        return str(copied.parent)
    elif how == "damaged":
        (copied / "x.zip").write_bytes(b"no archive")
        return str(copied / "x.zip")
    elif how == "plain folder":
        (copied / "session.json").unlink()
    elif how == "unknown":
        main(["baseline", "save", "main", str(copied)])
        return "mian"
    return str(copied)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("interrupted", "*such a session cannot be a baseline*"),
        ("folder", "*is no session: *the newest in it is *copied*"),
        ("plain folder", "*is no session: it lacks session.json or cases/*"),
        ("damaged", "*cannot read the baseline *x.zip*"),
        ("unknown", "*unknown baseline *'mian', did you mean 'main'? Known: main"),
    ],
)
def test_what_is_no_baseline_stops_the_session_at_its_start(
    run: Run, copied: Path, mock: Mock, how: str, message: str
) -> None:
    result = run(against(spoiled(copied, how)), "-n", "2" if how == "unknown" else "0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert mock.asked == []
    result.stderr.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--fmbench-baseline-despite", "machine"),
            "*says what may differ from a baseline: name one, --fmbench-baseline",
        ),
        (
            ("--fmbench-baseline", "x", "--fmbench-baseline-despite", "machin"),
            "*unknown condition 'machin', did you mean 'machine'? Known: client, deployment, load, machine, *",
        ),
        (("--fmbench-baseline", ""), "*unknown baseline *''*"),
    ],
)
def test_options_that_cannot_be_meant_stop_it_too(run: Run, mock: Mock, options: tuple[str, ...], message: str) -> None:
    result = run(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert mock.asked == []


def test_every_run_records_its_conditions(before: Path) -> None:
    for path in before.glob("cases/*/case.json"):
        kept = json.loads(path.read_text())
        assert {*kept["conditions"]} == {"machine", "stack", "deployment", "workload", "load", "client"}
        assert "baseline" not in kept
        assert "127.0.0.1" not in json.dumps(kept["conditions"])
