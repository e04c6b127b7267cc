"""Allure: ``executor.json``, which says what CI ran a session, and by whose numbers Allure orders trends.

https://allurereport.org/docs/how-it-works-executor-file/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError


def executor_of(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """Who runs us, by the variables that GitHub Actions, GitLab and Jenkins set; None where it is nobody of them."""

    def said(name: str) -> str:
        return environment.get(name, "")

    if said("GITHUB_ACTIONS") == "true":
        server = said("GITHUB_SERVER_URL")
        url = f"{server}/{said('GITHUB_REPOSITORY')}/actions/runs/{said('GITHUB_RUN_ID')}"
        run = _run(said("GITHUB_WORKFLOW"), said("GITHUB_RUN_NUMBER"), url)
        return {"name": "GitHub Actions", "type": "github", "url": server, **run}
    if said("GITLAB_CI") == "true":
        run = _run(said("CI_JOB_NAME"), said("CI_PIPELINE_IID"), said("CI_JOB_URL"))
        return {"name": "GitLab CI", "type": "gitlab", "url": said("CI_SERVER_URL"), **run}
    if said("JENKINS_URL"):
        run = _run(said("JOB_NAME"), said("BUILD_NUMBER"), said("BUILD_URL"))
        return {"name": "Jenkins", "type": "jenkins", "url": said("JENKINS_URL"), **run}
    return None


def _run(job: str, number: str, url: str) -> dict[str, Any]:
    return {"buildOrder": int(number) if number.isdecimal() else 0, "buildName": f"{job} #{number}", "buildUrl": url}


def write_executor(results: Path, environment: Mapping[str, str]) -> None:
    """Write it; one that is there stays, and outside of CI there is none.

    :raises StoreError: when it cannot be written.
    """
    path, found = results / "executor.json", executor_of(environment)
    if found is None or path.exists():
        return
    try:
        path.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error
