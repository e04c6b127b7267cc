"""Whole sessions on instances of EC2, against the stand-in.

Not by pytester, which unloads what was loaded during its tests: the stand-in, which outlives them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.fake_ssh import calls_of, make_ssh

if TYPE_CHECKING:
    from tests.support.aws.cloud import Cloud

pytestmark = pytest.mark.lasting

CASE = """
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.deployments(
    Deployment("org/m", "vllm", "ec2:g6.xlarge"),
    Deployment("org/m", "vllm", "ec2:g5.xlarge?market=spot&zones=us-east-1a"),
)
@pytest.mark.parametrize("load", [closed(1), closed(2)], ids=str)
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment, load):
    fmbench(deployment, chat(output_tokens=4), load, requests=20, warmup=0)
"""
OPTIONS = (
    *("--fmbench-aws", "source=127.0.0.1/32", "--fmbench-price", "g6.xlarge=0.8", "--fmbench-price", "g5.xlarge=0.5"),
    *("--fmbench-inconclusive", "pass", "-p", "no:cacheprovider"),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "test_case.py").write_text(CASE)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def session(folder: Path, *options: str) -> str:
    """What a session says."""
    line = [sys.executable, "-m", "pytest", "-rs", *OPTIONS, *options]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_without_a_budget_nothing_is_launched(cloud: Cloud, folder: Path) -> None:
    said = session(folder)
    assert "4 skipped" in said.splitlines()[-1]
    assert "--fmbench-budget" in said
    assert cloud.calls_of("RunInstances") == []
    assert cloud.left() == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_deployment_is_launched_once_and_one_that_cannot_be_had_errors_alone(
    cloud: Cloud, folder: Path, workers: str
) -> None:
    cloud.fault("RunInstances", "InsufficientInstanceCapacity", times=None, instance_type="g5.xlarge")
    said = session(folder, "-n", workers, "--fmbench-budget", "5", "--junitxml=junit.xml")
    assert "2 passed, 2 errors" in said.splitlines()[-1], said
    launched = {call["ClientToken"] for call in cloud.calls_of("RunInstances") if call["InstanceType"] == "g6.xlarge"}
    assert len(launched) == 1
    assert "g5.xlarge (spot) cannot be had now" in said
    assert cloud.left() == []
    markets = [
        path.read_text().count('"market": "on-demand"') for path in folder.glob("fmbench-out/*/cases/*/case.json")
    ]
    assert markets == [1, 1]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Amazon Linux has no Python of this version")
@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not here")
def test_load_comes_from_the_instance_beside_the_server(
    cloud: Cloud, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{make_ssh(folder)}:{os.environ['PATH']}")
    (folder / "test_case.py").write_text(CASE.replace("ec2:g6.xlarge", "ec2:g6.xlarge?load=c7i.large"))
    said = session(folder, "-k", "g6 and closed and 1", "--fmbench-budget", "5", "--fmbench-price", "c7i.large=0.1")
    assert "1 passed" in said.splitlines()[-1], said
    assert [call["InstanceType"] for call in cloud.calls_of("RunInstances")] == ["g6.xlarge", "c7i.large"]
    asked = calls_of(folder)
    assert len([line for line in asked if line.endswith("-m pytest_fmbench.load.errand")]) == 1, asked
    (case,) = folder.glob("fmbench-out/*/cases/*/case.json")
    assert '"load_from": "c7i.large"' in case.read_text()
    assert (cloud.left(), [*folder.glob("state/*/keys/*")]) == ([], [])
