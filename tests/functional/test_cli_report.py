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
from tests.support.mock_server import MockServer, chat_reply, plain
from tests.support.processes import eventually

pytestmark = pytest.mark.lasting

Case = Callable[..., pytest.RunResult]
Output = pytest.CaptureFixture[str]
PASSES = ("ttft.mean < 10s", "error_rate <= 0%")


@pytest.fixture
def failing(mock: MockServer) -> None:
    """Each tenth request fails, so that the data cannot say whether more than a tenth of all would."""
    mock.script = lambda _: plain(500, "{}") if len(mock.asked) % 10 == 5 else chat_reply()


def only(path: Path, pattern: str) -> Path:
    (found,) = path.glob(pattern)
    return found


def said(capsys: Output, *arguments: object) -> tuple[int, list[str]]:
    """Exit code and lines of a report; what sessions printed before it is left out."""
    capsys.readouterr()
    return main(["report", *map(str, arguments)]), capsys.readouterr().out.splitlines()


def table_of(lines: list[str]) -> list[str]:
    """The table among ``lines``, from its head to its last row."""
    begin = next(at for at, line in enumerate(lines) if re.match(r"case +requests ", line))
    return [line for line in lines[begin:] if re.match(r"case |---|test_", line) and not line.endswith(":")]


def test_it_tells_what_the_terminal_told_without_asking_the_server(
    run_case: Case, mock: MockServer, pytester: pytest.Pytester, capsys: Output
) -> None:
    result = run_case(sla=PASSES)
    asked = len(mock.asked)
    code, lines = said(capsys, only(pytester.path, "fmbench-out/*"))
    assert (code, len(mock.asked)) == (0, asked)
    assert table_of(lines) == table_of(result.outlines)
    assert [line.split("  ")[:2] for line in lines if line.startswith("PASS")] == [["PASS", text] for text in PASSES]


@pytest.mark.usefixtures("failing")
def test_every_number_is_the_sessions(run_case: Case, pytester: pytest.Pytester) -> None:
    run_case(sla=("ttft < 10s", "goodput >= 50%", "ttft.max < 10s", "itl.mean > 10s", "error_rate <= 10%"))
    case = only(pytester.path, "fmbench-out/*/cases/*")
    kept = json.loads((case / "case.json").read_text())
    assert {verdict["outcome"] for verdict in kept["verdicts"]} == {"pass", "fail", "inconclusive"}
    assert recompute(case, METRICS) == kept


@pytest.mark.parametrize(
    ("sla", "line"),
    [
        ("ttft.mean > 10s", "FAIL  ttft.mean > 10s  *"),
        ("error_rate <= 10%", "INCONCLUSIVE  error_rate <= 10%  *more requests*"),
    ],
)
@pytest.mark.usefixtures("failing")
def test_what_is_no_pass_exits_with_1(run_case: Case, pytester: pytest.Pytester, sla: str, line: str) -> None:
    run_case(sla=(sla,))
    result = pytester.run(sys.executable, "-m", "pytest_fmbench.cli", "report", "fmbench-out")
    assert result.ret == 1
    result.stdout.fnmatch_lines([line])


def test_of_a_folder_of_sessions_the_newest_counts(run_case: Case, pytester: pytest.Pytester, capsys: Output) -> None:
    run_case()
    session = only(pytester.path, "fmbench-out/*")
    shutil.copytree(session, session.with_name("2000-01-01T000000Z-abcdef"))
    code, (first, *_, records, page) = said(capsys, session.parent)
    assert code == 0
    assert first == f"session {session.name}, the newest of 2 in {session.parent}"
    assert (records, page) == (f"records: {session}", f"html: {session / 'report.html'}")


def test_where_the_newest_holds_nothing_it_names_the_one_that_does(tmp_path: Path, capsys: Output) -> None:
    for name in ("2026-01-01T000000Z-aaaaaa", "2026-01-02T000000Z-bbbbbb", "2026-01-03T000000Z-cccccc"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "session.json").write_text("{}")
    (tmp_path / "2026-01-02T000000Z-bbbbbb/cases/one").mkdir(parents=True)
    assert main(["report", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.endswith(f"or spool; the newest that has one is {tmp_path / '2026-01-02T000000Z-bbbbbb'}\n")


def test_one_case_can_be_reported(run_case: Case, pytester: pytest.Pytester, capsys: Output) -> None:
    run_case()
    case = only(pytester.path, "fmbench-out/*/cases/*")
    shutil.copytree(case, case.with_name("another"))
    code, lines = said(capsys, case)
    assert (code, len(table_of(lines))) == (0, 3)


def test_markdown_holds_the_same_and_what_the_session_was_made_with(
    run_case: Case, pytester: pytest.Pytester, capsys: Output
) -> None:
    run_case(sla=("ttft.mean > 10s",))
    target = pytester.path / "reports" / "summary.md"
    code, lines = said(capsys, pytester.path / "fmbench-out", "--markdown", target)
    assert (code, lines[-2]) == (1, f"markdown: {target}")
    text = target.read_text()
    assert text.startswith("## fmbench: 0 of 1 cases passed, 1 failed\n")
    assert "  - **fail** `ttft.mean > 10s`: `" in text
    assert "- `pytest-fmbench " in text


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
    run_case()  # leaves its case in the folder, to be run again below
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
    code, lines = said(capsys, spools)
    assert code == 1
    assert f"interrupted: {complete} requests complete; window unknown (read as openai-chat)" in lines
    assert not [line for line in lines if re.match("PASS|case ", line)]


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
