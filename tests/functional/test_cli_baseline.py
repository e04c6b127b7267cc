"""``fmbench baseline``: sessions kept by name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from pytest_fmbench.store.packed import Packed
from tests.support.sessions import kept_session, requests

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "baselines"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    kept_session(tmp_path / "fmbench-out" / "2026-11-25T000000Z-aaaaaa", {"old": requests(1)})
    return kept_session(
        tmp_path / "fmbench-out" / "2026-11-26T000000Z-bbbbbb", {"one": requests(1, 2), "two": requests(3)}
    )


def said(capsys: Output, *arguments: str) -> tuple[int, str]:
    """Exit code, and what was said of it."""
    capsys.readouterr()
    code = main(["baseline", *arguments])
    told = capsys.readouterr()
    return code, told.err if code else told.out


def test_the_newest_session_is_saved_listed_and_removed(session: Path, state: Path, capsys: Output) -> None:
    assert said(capsys, "list") == (0, "there is none; fmbench baseline save NAME makes one\n")
    code, text = said(capsys, "save", "main")
    assert (code, text) == (0, f"saved 2 cases of session {session.name} as 'main': {state / 'main.zip'}\n")
    code, text = said(capsys, "list")
    assert (code, text.startswith(f"main  2 cases  session {session.name}  saved 20")) == (0, True)
    assert said(capsys, "remove", "main") == (0, "removed 'main'\n")
    assert said(capsys, "list")[1].startswith("there is none")


def test_a_session_that_only_compared_is_none(tmp_path: Path, capsys: Output) -> None:
    found = tmp_path / "fmbench-out" / "2026-11-26T000000Z-cccccc" / "comparisons" / "test_it" / "comparison.json"
    found.parent.mkdir(parents=True)
    found.write_text("{}")
    (found.parents[2] / "session.json").write_text("{}")
    code, text = said(capsys, "save", "main")
    assert (code, "searches and comparisons only" in text) == (2, True)


def test_what_is_saved_is_what_was_measured(session: Path, state: Path, capsys: Output) -> None:
    said(capsys, "save", "main")
    stored = Packed(state / "main.zip")
    assert {*stored.cases} == {"one", "two"}
    for case in stored.cases:
        assert stored.table(case).read() == (session / "cases" / case / "requests.parquet").read_bytes()


def test_a_session_an_older_one_and_a_case_can_be_named(session: Path, state: Path, capsys: Output) -> None:
    older = session.with_name("2026-11-25T000000Z-aaaaaa")
    for name, folder, cases in (("a", session, 2), ("b", older, 1), ("c", session / "cases" / "two", 1)):
        assert said(capsys, "save", name, str(folder))[0] == 0
        assert len(Packed(state / f"{name}.zip").cases) == cases


def test_a_name_that_is_there_is_replaced_on_request_only(session: Path, state: Path, capsys: Output) -> None:
    said(capsys, "save", "main")
    older = str(session.with_name("2026-11-25T000000Z-aaaaaa"))
    code, text = said(capsys, "save", "main", older)
    assert (code, text) == (
        2,
        f"fmbench: {state / 'main.zip'} is there already: --replace replaces it, another name keeps both\n",
    )
    assert len(Packed(state / "main.zip").cases) == 2
    assert said(capsys, "save", "main", older, "--replace")[0] == 0
    assert len(Packed(state / "main.zip").cases) == 1


def test_a_file_may_lie_elsewhere_and_keeps_the_name(session: Path, tmp_path: Path, capsys: Output) -> None:
    code, text = said(capsys, "save", "main", "--to", "kept/x.zip")
    assert (code, text) == (0, f"saved 2 cases of session {session.name} as 'main': {Path('kept/x.zip')}\n")
    assert Packed(tmp_path / "kept" / "x.zip").name == "main"
    assert said(capsys, "list")[1].startswith("there is none")
    assert said(capsys, "save", "main", "--to", "kept/x.zip")[0] == 2
    assert said(capsys, "save", "main", "--to", "kept/x.zip", "--replace")[0] == 0


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".x", "con", "a b"])
@pytest.mark.usefixtures("session")
def test_what_cannot_be_a_name_is_refused(name: str, capsys: Output) -> None:
    code, text = said(capsys, "save", name)
    assert code == 2
    assert f"{name!r} cannot name a baseline: give 1 to 100 letters" in text


@pytest.mark.usefixtures("session")
def test_an_unknown_name_lists_the_known_ones(capsys: Output) -> None:
    said(capsys, "save", "main")
    code, text = said(capsys, "remove", "mian")
    assert (code, text) == (2, "fmbench: unknown baseline 'mian', did you mean 'main'? Known: main\n")


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("spool", "", "two: interrupted: its window never closed"),
        ("case.json", None, "two: not judged: the case broke off before its verdict"),
        ("requests.parquet", None, "two: interrupted: it broke off before anything was recorded"),
        ("case.json", '{"invalid": ["too slow"]}', "two: invalid measurement: too slow"),
        ("case.json", '{"invalid": []}', "two: it does not say its conditions: another version measured it"),
        ("case.json", "{", "cannot read "),
        ("requests.parquet", "no table", "cannot read "),
    ],
)
def test_a_session_with_a_bad_case_is_refused(
    session: Path, capsys: Output, file: str, content: str | None, reason: str
) -> None:
    path = session / "cases" / "two" / file
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    code, text = said(capsys, "save", "main")
    assert code == 2
    assert reason in text
    assert said(capsys, "list")[1].startswith("there is none")


def test_without_a_session_it_says_what_it_looked_for(capsys: Output) -> None:
    assert said(capsys, "save", "main") == (
        2,
        "fmbench: there is no folder fmbench-out; give a session, a folder of sessions, or a case\n",
    )


@pytest.mark.usefixtures("session")
def test_a_damaged_one_is_listed_as_such_and_can_be_removed(state: Path, capsys: Output) -> None:
    said(capsys, "save", "main")
    (state / "main.zip").write_bytes(b"no archive")
    code, text = said(capsys, "list")
    assert code == 0
    assert text.startswith(f"main  cannot be used: cannot read the baseline {state / 'main.zip'}")
    assert said(capsys, "remove", "main")[0] == 0


@pytest.mark.parametrize("arguments", [[], ["sav"], ["save"], ["remove"]])
def test_a_mistake_shows_what_there_is(capsys: Output, arguments: list[str]) -> None:
    code, text = said(capsys, *arguments)
    assert code == 2
    assert "usage: fmbench baseline" in text


@pytest.mark.usefixtures("session")
def test_of_processes_that_save_at_once_one_wins(state: Path) -> None:
    command = [sys.executable, "-m", "pytest_fmbench.cli", "baseline", "save", "main"]
    writers = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
    assert sorted(writer.wait(120) for writer in writers) == [0, 2, 2]
    assert json.dumps(Packed(state / "main.zip").summary("one"))
