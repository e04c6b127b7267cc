"""``fmbench history``, on copies of one real session whose figures are changed: thirty real ones would take minutes."""

from __future__ import annotations

import math
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from tests.support.histories import CASE, Json, case_json, copied, name_of, session_json, write_series, write_session
from tests.support.mock_server import chat_reply, serving

pytest.importorskip("otava.analysis", reason="needs pytest-fmbench[history]")

Output = pytest.CaptureFixture[str]
STEP = 30
SPOILT: dict[int, Json] = {3: {"invalid": ["our own error is up to 31 ms (p99)"]}, 17: {"name": None}}
ONE = """
from pytest_fmbench import chat, closed

def test_chat(fmbench, deployment):
    fmbench(deployment, chat(output_tokens=4), closed(2), warmup=0, requests=40)
"""


def said(capsys: Output, *arguments: object) -> tuple[int, list[str]]:
    capsys.readouterr()
    return main(["history", *map(str, arguments)]), capsys.readouterr().out.splitlines()


def complaint(capsys: Output, *arguments: object) -> str:
    assert main(["history", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def slower_from(step: int) -> Callable[[int, Json, Json], None]:
    """Noise of 2 % on every figure; from session ``step`` on a newer Python, and a fifth more on ``ttft``."""

    def change(nth: int, case: Json, session: Json) -> None:
        for name, figure in case["figures"].items():
            if figure["value"] is not None:
                slower = 1.2 if nth >= step and name.startswith("ttft.") else 1.0
                noise = random.Random(f"{nth} {name}").gauss(0.0, 0.02)  # noqa: S311  # no secret
                figure["value"] *= slower * math.exp(noise)
        session["versions"]["python"] = "3.12.1" if nth >= step else "3.11.4"

    return change


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of one case, against the mock server."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "test_it.py").write_text(ONE)
    with serving(lambda _: chat_reply(tokens=4, gap_s=0.001)) as server:
        target = ("--fmbench-url", f"{server.url}/v1", "--fmbench-model", "m", "-p", "no:cacheprovider")
        command = [sys.executable, "-m", "pytest", *target]
        environment = {name: value for name, value in os.environ.items() if name != "GITHUB_STEP_SUMMARY"}
        subprocess.run(command, cwd=folder, check=True, env=environment, stdout=subprocess.DEVNULL)
    (session,) = folder.glob("fmbench-out/*")
    return session


@pytest.fixture
def forty(real: Path, tmp_path: Path) -> Path:
    """Forty sessions, slower from the thirty-first on."""
    copied(real, tmp_path / "many", 40, slower_from(STEP))
    return tmp_path / "many"


def test_a_step_is_told_with_its_place_its_size_and_what_else_changed(forty: Path, capsys: Output) -> None:
    code, lines = said(capsys, forty)
    assert code == 0
    assert lines[0] == f"40 of 40 sessions in {forty}, {name_of(0)} to {name_of(39)}"
    assert lines[2].startswith("test_chat[m+openai+url_http_")
    told = {line.split()[0]: line for line in lines if re.match(r"  \w", line)}
    assert {name for name, line in told.items() if line.endswith("no change")} == {*told} - {"ttft.p50", "ttft.p95"}
    changes = [line.strip() for line in lines if " -> " in line]
    place = f"between {name_of(STEP - 1)} and {name_of(STEP)}"
    for change, difference in zip(changes[::2], changes[1::2], strict=True):
        found = re.fullmatch(rf"worse: .+ -> .+, \+(\d+\.\d)%, p=.+e-\d+, {place}", change)
        assert found
        assert 17 < float(found[1]) < 23
        assert difference == "python 3.11.4 -> 3.12.1"
    assert lines[-2:] == [
        "2 change points in 6 series: 2 worse",
        "note: 40 sessions, fewer than the window of 50: what is small, or came last, may not be found yet",
    ]


@pytest.mark.parametrize(("recent", "code"), [(9, 0), (10, 1)])
def test_it_can_fail_on_what_is_recent(forty: Path, capsys: Output, recent: int, code: int) -> None:
    ended, lines = said(capsys, forty, "--fail-on-recent", recent)
    told = [line for line in lines if line.startswith("REGRESSION")]
    assert (ended, [line.split()[2] for line in told]) == (code, ["ttft.p50", "ttft.p95"] if code else [])
    assert all(line.endswith(f", from {name_of(STEP)} on") for line in told)


def test_what_is_recent_fails_only_where_it_is_for_the_worse(tmp_path: Path, capsys: Output) -> None:
    write_series(tmp_path, [0.1, 0.11, 0.1, 0.11] * 5 + [0.05] * 10)
    code, lines = said(capsys, tmp_path, "--metric", "ttft.p95", "--fail-on-recent", 30)
    assert code == 0
    assert any(line.strip().startswith("better: 105 ms -> 50 ms, -52.4%") for line in lines)


def test_it_is_a_command_of_its_own_and_warns_of_nothing(forty: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "pytest_fmbench.cli", "history", str(forty), "--metric", "ttft.max"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("  ttft.max"))
    assert re.fullmatch(r"  ttft\.max  40 sessions  [\d.]+ ms  [_.:=+*#-]{40}", line)


def test_runs_that_cannot_be_used_are_named_and_counted(forty: Path, capsys: Output) -> None:
    folders = sorted(forty.glob("*/cases/*"))
    (folders[3] / "spool").write_bytes(b"")
    (folders[4] / "case.json").write_text("{", "utf-8")
    (folders[5].parents[1] / "session.json").unlink()
    shutil.rmtree(folders[6])
    code, lines = said(capsys, forty, "--metric", "ttft.p95")
    assert code == 0
    assert lines[0].startswith("36 of 40 sessions in ")
    assert lines[1] == "left out: 1 interrupted, 2 unreadable"
    places = [name_of(nth) + f"/{folders[nth].name}" * (nth < 5) for nth in (3, 4, 5)]
    assert [line.split(": ")[0].strip() for line in lines[2:5]] == places


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--metric", "tftt.p95"], "unknown metric 'tftt', did you mean 'ttft'?"),
        (["--metric", "ttft.p42"], "unknown figure 'ttft.p42', did you mean 'ttft.p"),
        (["--metric", "ttft"], "unknown figure 'ttft', did you mean"),
        (["--metric", "error_rate.p95"], "unknown figure 'error_rate.p95', did you mean 'error_rate'?"),
        (["--window", "1"], "window 1: give 2 sessions or more"),
        (["--window", "many"], "argument --window: invalid int value: 'many'"),
        (["--max-pvalue", "0"], "max p-value 0: give one above 0"),
        (["--max-pvalue", "nan"], "max p-value nan: give one above 0"),
        (["--min-magnitude", "-0.1"], "min magnitude -0.1: give a share of 0 or more"),
        (["--min-magnitude", "inf"], "min magnitude inf: give a share"),
        (["--fail-on-recent", "0"], "--fail-on-recent 0: give 1 session or more"),
        (["--case", "llama"], "no case has 'llama' in its name; there are:\n  test_chat[m+s+local]"),
    ],
)
def test_a_mistake_says_the_way_out(tmp_path: Path, capsys: Output, arguments: list[str], message: str) -> None:
    write_series(tmp_path, [0.1, 0.2])
    assert complaint(capsys, tmp_path, *arguments).startswith(f"fmbench: {message}")


def test_where_there_is_nothing_it_says_what_it_looked_for(tmp_path: Path, capsys: Output) -> None:
    assert "there is no folder" in complaint(capsys, tmp_path / "none")
    assert "holds no session: looked for folders with session.json or cases/" in complaint(capsys, tmp_path)
    (session,) = write_series(tmp_path, [0.1])
    assert f"{session} is one session; give the folder that holds it" in complaint(capsys, session)


def test_where_no_run_can_be_used_it_is_no_success(tmp_path: Path, capsys: Output) -> None:
    write_session(tmp_path, 0, {CASE: case_json({}, invalid=["late"])})
    assert main(["history", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert f"{name_of(0)}/{CASE}: invalid: late" in told.out
    assert told.err == f"fmbench: no run of 1 sessions in {tmp_path} can be used\n"


def test_one_session_is_told_and_cannot_change(tmp_path: Path, capsys: Output) -> None:
    write_series(tmp_path, [0.1])
    code, lines = said(capsys, tmp_path, "--metric", "ttft.p95")
    assert code == 0
    assert "  ttft.p95  1 session  100 ms  ▁  no change" in lines
    assert lines[-1].startswith("note: 1 session")


def test_cases_can_be_chosen(tmp_path: Path, capsys: Output) -> None:
    two = {CASE: case_json({"ttft.p95": 0.1}), "other-1": case_json({"ttft.p95": 0.1}, name="test_other[x]")}
    for nth in range(3):
        write_session(tmp_path, nth, two, session_json())
    _, lines = said(capsys, tmp_path, "--case", "other", "--metric", "ttft.p95")
    assert [line for line in lines if line.startswith("test_")] == ["test_other[x]"]


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_series(tmp_path, [0.1, 0.2])
    monkeypatch.setitem(sys.modules, "otava.analysis", None)
    assert "python -m pip install 'pytest-fmbench[history]'" in complaint(capsys, tmp_path)


def test_the_page_shows_what_it_says(tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sessions are made up: 40 of 3 % noise, the time to the first token a tenth longer from the 31st on."""
    monkeypatch.chdir(tmp_path)
    noise = random.Random(7)  # noqa: S311  # no secret
    for nth in range(40):
        longer, python = (1.1, "3.12.1") if nth >= STEP else (1.0, "3.11.4")
        values = {"ttft.p95": 0.2 * longer, "output_token_rate": 58.0}
        case = case_json({name: value * math.exp(noise.gauss(0.0, 0.03)) for name, value in values.items()})
        spoilt: Json = SPOILT.get(nth, {})
        write_session(Path("fmbench-out"), nth, {CASE: case | spoilt}, session_json(python))
    page = (Path(__file__).parents[2] / "docs" / "history.md").read_text("utf-8")
    ((command, shown),) = re.findall(r"^\$ fmbench history (.+)\n((?:.*\n)+?)\$ echo", page, re.MULTILINE)
    code, lines = said(capsys, *command.split())
    assert code == 1
    assert "\n".join(lines) == shown.rstrip("\n")
