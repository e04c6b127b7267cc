"""The files of docs/ci are what their CI takes, and their commands do what they are there for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.mock_server import MockServer

pytestmark = pytest.mark.lasting
yaml = pytest.importorskip("yaml")

Commands = Callable[[], Iterator[str]]

CI = Path(__file__).parents[2] / "docs" / "ci"
CASE = """
import pytest
from pytest_fmbench import chat, closed

@pytest.mark.sla("{objective}")
def test_chat(fmbench, deployment):
    fmbench(deployment, chat(output_tokens=4), closed(2), warmup=0, requests=40)
"""


def of_github() -> Iterator[str]:
    for step in read("github-actions.yml")["jobs"]["benchmarks"]["steps"]:
        yield step.get("run", "")


def of_gitlab() -> Iterator[str]:
    job = read("gitlab-ci.yml")["benchmarks"]
    yield from (*job["script"], *job["after_script"])


def of_jenkins() -> Iterator[str]:
    text = (CI / "Jenkinsfile").read_text("utf-8")
    for long, short in re.findall(r"sh (?:'''(.*?)'''|'([^'\n]*)')", text, re.DOTALL):
        yield long or short


def read(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text("utf-8"))


@pytest.fixture
def workspace(pytester: pytest.Pytester, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a benchmark, whose environment is installed."""
    pytester.mkdir("benchmarks")
    (pytester.path / ".venv").mkdir()
    (pytester.path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    target = f"--fmbench-url={mock.url}/v1 --fmbench-model=m --fmbench-engine=inprocess"
    monkeypatch.setenv("PYTEST_ADDOPTS", f"{os.environ['PYTEST_ADDOPTS']} -p no:cacheprovider {target}")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CI_COMMIT_BRANCH", "main")
    monkeypatch.setenv("CI_DEFAULT_BRANCH", "main")
    return pytester.path


def carried_out(workspace: Path, command: str, objective: str) -> tuple[int, str]:
    """Run it as the CI's shell does; returns how it ended, and what it said."""
    (workspace / "benchmarks" / "test_chat.py").write_text(CASE.format(objective=objective))
    shell = ("bash", "-e", "-o", "pipefail", "-c", command)
    done = subprocess.run(shell, cwd=workspace, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("commands", [of_github, of_gitlab, of_jenkins])
def test_the_commands_are_a_gate_that_keeps_a_baseline(workspace: Path, commands: Commands) -> None:
    wanted = [command for command in commands() if "fmbench" in command and "pip install" not in command]
    assert len(wanted) == 3
    for command in wanted:
        code, said = carried_out(workspace, command, "error_rate <= 0%")
        assert code == 0, said
    code, said = carried_out(workspace, wanted[0], "output_tokens.mean > 1000 tok")
    assert code == 1, said
    assert "FAIL  output_tokens.mean > 1000 tok" in said
    assert " against main:\n" in said
    assert (workspace / "junit.xml").exists()
    assert [*(workspace / "allure-results").glob("*-result.json")]
    if commands is of_gitlab:
        assert "fmbench_ttft_seconds{" in (workspace / "metrics.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("github-actions.yml", ("vendor.github-workflows",)),
        ("gitlab-ci.yml", ("vendor.gitlab-ci", "--data-transform", "gitlab-ci")),
    ],
)
def test_a_file_keeps_the_schema_of_its_ci(name: str, schema: tuple[str, ...]) -> None:
    pytest.importorskip("check_jsonschema")
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, str(CI / name))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_a_page_names_is_there() -> None:
    page = (CI.parent / "ci.md").read_text("utf-8")
    assert {*re.findall(r"\]\(ci/([^)]*)\)", page)} == {path.name for path in CI.iterdir()}
