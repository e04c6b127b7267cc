"""``fmbench report``, on what real sessions left behind."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.catalog import METRICS
from pytest_fmbench.cli import main
from pytest_fmbench.runs.report import recompute
from pytest_fmbench.store.spool import read_spool
from tests.support.mock_server import MockServer, chat_reply
from tests.support.processes import eventually

Case = Callable[..., pytest.RunResult]
Output = pytest.CaptureFixture[str]
PASSES = ("ttft.mean < 10s", "error_rate <= 0%")


def only(path: Path, pattern: str) -> Path:
    (found,) = path.glob(pattern)
    return found


def table_of(lines: list[str]) -> list[str]:
    """The table among ``lines``, from its head to its last row."""
    begin = next(at for at, line in enumerate(lines) if re.match(r"case +requests ", line))
    return [line for line in lines[begin:] if re.match(r"case |---|test_", line) and not line.endswith(":")]


def test_it_tells_what_the_terminal_told_without_asking_the_server(
    run_case: Case, mock: MockServer, pytester: pytest.Pytester, capsys: Output
) -> None:
    result = run_case(sla=PASSES)
    asked = len(mock.asked)
    assert main(["report", str(only(pytester.path, "fmbench-out/*"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(mock.asked) == asked
    assert table_of(lines) == table_of(result.outlines)
    assert [line[:26] for line in lines if line.startswith("PASS")] == [
        "PASS  ttft.mean < 10s   ",
        "PASS  error_rate <= 0%  ",
    ]


def test_every_number_is_the_sessions(run_case: Case, pytester: pytest.Pytester) -> None:
    run_case(sla=("ttft < 1s", "goodput >= 50%", "itl.p95 < 1us", "ttft.p99 < 10s"))
    case = only(pytester.path, "fmbench-out/*/cases/*")
    kept = json.loads((case / "case.json").read_text())
    assert {verdict["outcome"] for verdict in kept["verdicts"]} == {"pass", "fail", "inconclusive"}
    assert recompute(case, METRICS) == kept


@pytest.mark.parametrize(
    ("sla", "line"),
    [
        ("ttft.mean < 1us", "FAIL  ttft.mean < 1us  *"),
        ("ttft.p99 < 10s", "INCONCLUSIVE  ttft.p99 < 10s  *more requests*"),
    ],
)
def test_what_is_no_pass_exits_with_1(run_case: Case, pytester: pytest.Pytester, sla: str, line: str) -> None:
    run_case(sla=(sla,))
    result = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out")
    assert result.ret == 1
    result.stdout.fnmatch_lines([line])


def test_of_a_folder_of_sessions_the_newest_counts(run_case: Case, pytester: pytest.Pytester, capsys: Output) -> None:
    run_case()
    session = only(pytester.path, "fmbench-out/*")
    shutil.copytree(session, session.with_name("2000-01-01T000000Z-abcdef"))
    assert main(["report", str(session.parent)]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"session {session.name}, the newest of 2 in {session.parent}"
    assert last == f"records: {session}"


def test_one_case_can_be_reported(run_case: Case, pytester: pytest.Pytester, capsys: Output) -> None:
    run_case()
    case = only(pytester.path, "fmbench-out/*/cases/*")
    shutil.copytree(case, case.with_name("another"))
    assert main(["report", str(case)]) == 0
    assert len(table_of(capsys.readouterr().out.splitlines())) == 3


def test_markdown_holds_the_same_and_what_the_session_was_made_with(
    run_case: Case, pytester: pytest.Pytester, capsys: Output
) -> None:
    run_case(sla=("ttft.mean < 1us",))
    target = pytester.path / "reports" / "summary.md"
    assert main(["report", str(pytester.path / "fmbench-out"), "--markdown", str(target)]) == 1
    text = target.read_text()
    assert text.startswith("## fmbench: 0 of 1 cases passed, 1 failed\n")
    assert "  - **fail** `ttft.mean < 1us`: `" in text
    assert "- `pytest-fmbench " in text
    assert capsys.readouterr().out.endswith(f"markdown: {target}\n")


def test_markdown_that_cannot_be_written_exits_with_2(
    run_case: Case, pytester: pytest.Pytester, capsys: Output
) -> None:
    run_case()
    (pytester.path / "taken").write_text("a file, not a folder")
    target = pytester.path / "taken" / "summary.md"
    assert main(["report", str(pytester.path / "fmbench-out"), "--markdown", str(target)]) == 2
    assert f"cannot write {target}" in capsys.readouterr().err


def test_a_session_that_was_killed_is_interrupted_and_no_pass(
    run_case: Case, mock: MockServer, pytester: pytest.Pytester, capsys: Output
) -> None:
    run_case()  # leaves its case in the folder, and a whole session beside the one to be killed
    mock.script = lambda _: chat_reply(tokens=2, gap_s=0.01)
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-output", "killed")
    case = next(pytester.path.glob("test_*.py"))
    case.write_text(case.read_text().replace("requests=40", "duration=600"))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *target]
    with subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.DEVNULL, start_new_session=True) as session:
        spools = pytester.path / "killed"
        assert eventually(lambda: any(len([*read_spool(one)]) >= 3 for one in spools.glob("*/cases/*/spool")))
        os.killpg(session.pid, signal.SIGKILL)
    complete = sum(1 for one in read_spool(only(spools, "*/cases/*/spool")) if one.recording.end == "complete")
    assert main(["report", str(spools)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"interrupted: {complete} requests complete; window unknown (read as openai-chat)" in lines
    assert not [line for line in lines if re.search("PASS|pass|TTFT", line)]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([], "there is no folder {folder}"),
        (
            ["."],
            "{folder} holds no session and no case: looked for session.json, cases/ and case.json, requests.parquet",
        ),
        (
            ["s/cases"],
            "session {folder}/s holds no case: looked for cases/*/ with case.json, requests.parquet or spool",
        ),
    ],
)
def test_where_there_is_nothing_it_says_what_it_looked_for(
    tmp_path: Path, capsys: Output, made: list[str], message: str
) -> None:
    folder = tmp_path / "out"
    for name in made:
        (folder / name).mkdir(parents=True)
    assert main(["report", str(folder)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"fmbench: {message.format(folder=folder)}")


def test_a_newest_session_without_a_case_does_not_hide_behind_an_older_one(
    run_case: Case, pytester: pytest.Pytester, capsys: Output
) -> None:
    run_case()
    empty = pytester.path / "fmbench-out" / "9999-01-01T000000Z-abcdef"
    empty.mkdir()
    (empty / "session.json").write_text("{}")
    assert main(["report", str(empty.parent)]) == 2
    assert f"session {empty} holds no case" in capsys.readouterr().err


def test_a_damaged_record_exits_with_2(run_case: Case, pytester: pytest.Pytester, capsys: Output) -> None:
    run_case()
    table = only(pytester.path, "fmbench-out/*/cases/*/requests.parquet")
    table.write_bytes(table.read_bytes()[:-8])
    assert main(["report", str(pytester.path / "fmbench-out")]) == 2
    assert f"cannot read {table}" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["reprot"], ["report", "--markdwon", "x"]])
def test_a_mistake_shows_what_there_is(arguments: list[str], capsys: Output) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("fmbench: ")
    assert "usage: fmbench [-h] {report,init} ..." in told


def test_help_says_what_each_command_does(capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert re.search(r"report +compute a session's numbers", capsys.readouterr().out)


def test_starting_costs_nothing() -> None:
    heavy = {"numpy", "pyarrow", "httpx", "pytest"}
    code = f"import sys, pytest_fmbench.cli as cli; cli._parser(); print(*sorted({heavy} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "\n"
