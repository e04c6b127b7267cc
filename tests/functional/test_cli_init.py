"""``fmbench init``: what it writes works, and it writes over nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fmbench.cli import main
from tests.support.mock_server import MockServer

Output = pytest.CaptureFixture[str]
WRITTEN = ["benchmarks/conftest.py", "benchmarks/test_chat.py", ".github/workflows/fmbench.yml"]


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_a_suite_and_says_what_comes_next(tmp_path: Path, capsys: Output) -> None:
    folder = tmp_path / "my repository"
    assert main(["init", str(folder)]) == 0
    assert files_in(folder) == {*WRITTEN}
    assert capsys.readouterr().out.splitlines() == [
        *(f"wrote {folder / name}" for name in WRITTEN),
        "next:",
        f"  cd '{folder}'",
        "  python -m pip install 'pytest-fmbench[local]'",
        "  pytest benchmarks/",
    ]


def test_it_writes_here_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert files_in(tmp_path) == {*WRITTEN}
    assert "cd " not in capsys.readouterr().out


@pytest.mark.parametrize(("ignored", "told"), [(None, True), ("*.pyc\n", True), ("fmbench-out/\n", False)])
def test_in_a_repository_records_are_to_be_ignored(
    tmp_path: Path, capsys: Output, ignored: str | None, told: bool
) -> None:
    (tmp_path / ".git").mkdir()
    if ignored is not None:
        (tmp_path / ".gitignore").write_text(ignored)
    assert main(["init", str(tmp_path)]) == 0
    assert ("  echo fmbench-out/ >> .gitignore" in capsys.readouterr().out) is told


@pytest.mark.parametrize("name", WRITTEN)
def test_where_a_file_is_there_already_nothing_is_written(tmp_path: Path, capsys: Output, name: str) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert main(["init", str(tmp_path)]) == 2
    assert files_in(tmp_path) == {name}
    assert mine.read_text() == "mine"
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["fmbench: nothing was written, because these are there already:", f"  {mine}"]


def test_a_link_that_leads_nowhere_is_somebodys_file_too(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks/conftest.py").symlink_to(tmp_path / "gone")
    assert main(["init", str(tmp_path)]) == 2
    assert not (tmp_path / "gone").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    assert main(["init", str(tmp_path / "taken")]) == 2
    assert f"cannot write {tmp_path / 'taken'}" in capsys.readouterr().err


@pytest.mark.parametrize("below", [".", "benchmarks"])
@pytest.mark.parametrize("neighbour", [False, True])
@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_the_suite_is_collected(pytester: pytest.Pytester, below: str, neighbour: bool, mode: str) -> None:
    main(["init", str(pytester.path)])
    if neighbour:  # a repository that has tests of its own
        pytester.makeconftest("")
        pytester.makepyfile(**{"tests/test_own": "def test_own(): pass"})
    os.chdir(pytester.path / below)
    result = pytester.runpytest_subprocess("--collect-only", "-q", "-p", "no:cacheprovider", f"--import-mode={mode}")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*test_chat.py::test_chat?smollm2-135m-q4_1+llamacpp+local?"])
    result.stdout.fnmatch_lines(["2 tests collected*" if neighbour and below == "." else "1 test collected*"])


def test_the_suite_passes_against_a_running_endpoint(pytester: pytest.Pytester, mock: MockServer) -> None:
    main(["init", str(pytester.path)])
    target = ("--fmbench-url", f"{mock.url}/v1", "--fmbench-model", "m", "--fmbench-duration", "500ms")
    case = pytester.path / "benchmarks/test_chat.py"
    case.write_text(case.read_text().replace("mean > 8", "mean == 4"))  # the mock's replies are short
    result = pytester.runpytest_subprocess("benchmarks", "--junitxml=junit.xml", "-p", "no:cacheprovider", *target)
    result.assert_outcomes(passed=1)
    assert "sla: ttft.mean &lt; 10s" in (pytester.path / "junit.xml").read_text()


@pytest.mark.parametrize("command", [("check",), ("format", "--check")])
def test_the_suite_is_clean_by_ruffs_defaults(tmp_path: Path, command: tuple[str, ...]) -> None:
    main(["init", str(tmp_path)])
    ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "."]
    done = subprocess.run(ruff, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ci_runs_the_suite_and_keeps_its_records(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    workflow = (tmp_path / ".github/workflows/fmbench.yml").read_text()
    for line in (
        "- run: python -m pip install 'pytest-fmbench[local]'",
        "- run: pytest benchmarks/ --junitxml=junit.xml",
        "if: ${{ !cancelled() }}",
        "fmbench-out",
        "junit.xml",
    ):
        assert f" {line}\n" in workflow
