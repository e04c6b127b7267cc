from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_fmbench.sinks.allure_executor import executor_of, write_executor

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "us/ours",
    "GITHUB_RUN_ID": "99",
    "GITHUB_RUN_NUMBER": "7",
    "GITHUB_WORKFLOW": "benchmarks",
}


def test_github() -> None:
    assert executor_of(GITHUB) == {
        "name": "GitHub Actions",
        "type": "github",
        "url": "https://github.com",
        "buildOrder": 7,
        "buildName": "benchmarks #7",
        "buildUrl": "https://github.com/us/ours/actions/runs/99",
    }


@pytest.mark.parametrize(
    ("environment", "kind", "order"),
    [
        ({"GITLAB_CI": "true", "CI_PIPELINE_IID": "12", "CI_JOB_NAME": "b"}, "gitlab", 12),
        ({"JENKINS_URL": "http://ci/", "BUILD_NUMBER": "3", "JOB_NAME": "b"}, "jenkins", 3),
        ({"JENKINS_URL": "http://ci/"}, "jenkins", 0),
    ],
)
def test_others(environment: dict[str, str], kind: str, order: int) -> None:
    found = executor_of(environment)
    assert found is not None
    assert (found["type"], found["buildOrder"]) == (kind, order)


def test_it_is_written_once_and_only_in_ci(tmp_path: Path) -> None:
    write_executor(tmp_path, {})
    assert [*tmp_path.iterdir()] == []
    write_executor(tmp_path, GITHUB)
    write_executor(tmp_path, {"JENKINS_URL": "http://ci/"})
    assert json.loads((tmp_path / "executor.json").read_text())["type"] == "github"
