"""The life of EC2 instances, against AWS's stand-in: sessions and `fmbench reap` as people start them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aws.cloud import Cloud
from tests.support.processes import eventually

pytestmark = pytest.mark.lasting

CASE = """
import pathlib, time
import pytest
from pytest_fmbench import Deployment, chat, closed

@pytest.mark.sla("error_rate <= 0%")
@pytest.mark.deployments(Deployment("org/model-1b", "vllm", "ec2:g5.xlarge?source=127.0.0.1/32"))
def test_chat(fmbench, deployment):
    here = pathlib.Path(__file__).parent
    (here / "waits").touch()
    while not (here / "go").exists():
        time.sleep(0.02)
    fmbench(deployment, chat(4), closed(1), warmup=0, requests=4)
"""
FMBENCH = [sys.executable, "-m", "pytest_fmbench.cli"]
SESSION = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1", "--fmbench-budget", "5"]


def begun(folder: Path, cloud: Cloud, *options: str) -> subprocess.Popen[str]:
    (folder / "test_chat.py").write_text(CASE)
    environment = {**os.environ, **cloud.environment, "FMBENCH_STATE": str(folder / "state")}
    pipe = subprocess.PIPE
    command = [*SESSION, "--fmbench-engine", "inprocess", "--fmbench-telemetry", "off", *options]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def reaped(folder: Path, cloud: Cloud, *options: str) -> tuple[int, str]:
    environment = {**os.environ, **cloud.environment, "FMBENCH_STATE": str(folder / "state")}
    command = [*FMBENCH, "reap", *options]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_instance_is_kept_adopted_and_reaped_when_its_session_was_killed(tmp_path: Path, cloud: Cloud) -> None:
    (tmp_path / "go").touch()
    out, _ = begun(tmp_path, cloud, "--fmbench-keep").communicate(timeout=120)
    assert "1 passed" in out
    assert "kept: model-1b+vllm+ec2_g5.xlarge" in out
    assert cloud.left()

    (tmp_path / "go").unlink()
    (tmp_path / "waits").unlink()
    session = begun(tmp_path, cloud)
    assert eventually((tmp_path / "waits").exists)
    assert len(cloud.calls_of("RunInstances")) == 1
    code, told = reaped(tmp_path, cloud, "--yes", "--kept")
    assert (code, told.count("left alone: its session is alive")) == (0, 1)

    os.killpg(session.pid, signal.SIGKILL)
    session.communicate()
    code, told = reaped(tmp_path, cloud)
    assert (code, told.count("its session is gone")) == (1, 1), told
    code, told = reaped(tmp_path, cloud, "--yes")
    assert code == 0, told
    assert cloud.left() == []
