"""Servers as containers, by a stand-in for the runtime: real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from pytest_fmbench.errors import LaunchError
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from tests.support.fake_runtime import FakeRuntime, fake_runtime
from tests.support.local_servers import FACTS, IMAGE, PAGED, container_plan, local
from tests.support.processes import alive, child_of, eventually

DEPLOYMENT = Deployment("m", "toy")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRuntime:
    return fake_runtime(tmp_path, monkeypatch)


def test_it_serves_until_it_is_stopped(runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hunter2")
    plan = container_plan("{weights}", "{files}/a", files={"a": "written"}, facts=FACTS)
    said: list[str] = []
    server = local(tmp_path / "cache").start(DEPLOYMENT, plan, tmp_path / "toy.log", said.append)
    assert httpx.get(server.endpoint.base_url, trust_env=False).json()["secret"] == "hunter2"
    assert server.version == "1.2"
    assert server.facts == {"version": "1.2", "image": f"org/image@sha256:{'0' * 64}"}
    weights, file = server.log_tail()[0].split()[1:]
    assert weights == "/weights/m.gguf"
    assert Path(file).read_text() == "written"
    (asked,) = runtime.asked("run")
    assert "--env=HF_TOKEN" in asked
    assert "hunter2" not in " ".join(asked)
    assert f"--mount=type=bind,source={tmp_path}/cache/containers/root-.cache-hf,target=/root/.cache/hf" in asked
    assert said[:2] == ["found m None", f"pulling {IMAGE}"]
    assert said[2].endswith(" with docker")
    (pid,) = runtime.pids()
    server.stop()
    server.stop()
    assert not alive(pid)
    name = next(word for word in asked if word.startswith("--name=")).partition("=")[2]
    assert runtime.asked("rm") == [["--force", name]]
    assert "No such container" not in (tmp_path / "toy.log").read_text()


def test_one_that_never_starts_shows_its_last_lines_and_is_removed(runtime: FakeRuntime, tmp_path: Path) -> None:
    plan = container_plan(code="raise ValueError('bad flag')")
    with pytest.raises(LaunchError, match=r"status 1 before it was ready\n.*\n(.*\n)*.*ValueError: bad flag"):
        local().start(DEPLOYMENT, plan, tmp_path / "toy.log", lambda _: None)
    assert len(runtime.asked("rm")) == 1


def test_one_that_is_never_ready_is_removed(runtime: FakeRuntime, tmp_path: Path) -> None:
    plan = container_plan(code="import time; time.sleep(600)", ready_timeout_s=1.0)
    with pytest.raises(LaunchError, match="did not answer within 1 s"):
        local().start(DEPLOYMENT, plan, tmp_path / "toy.log", lambda _: None)
    assert runtime.pids() == []


def test_what_cannot_be_removed_is_told(runtime: FakeRuntime, tmp_path: Path) -> None:
    server = local().start(DEPLOYMENT, container_plan(), tmp_path / "toy.log", lambda _: None)
    (runtime.home.parent / "programs/docker").write_text("#!/bin/sh\necho the daemon is gone >&2\nexit 7\n")
    server.stop()
    told = (tmp_path / "toy.log").read_text()
    assert "docker rm --force fmbench-" in told
    assert "failed with status 7: the daemon is gone" in told


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("whom", ["the session", "the client", "the session and its supervisor"])
def test_whoever_is_killed_no_container_is_left(runtime: FakeRuntime, tmp_path: Path, whom: str) -> None:
    command = [sys.executable, "-m", "tests.support.local_servers", str(tmp_path / "toy.log")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as session:
        assert session.stdout is not None
        assert session.stdout.readline() == b"ready\n"
        (pid,) = runtime.pids()
        supervisor = child_of(session.pid, "supervise.py")
        client = child_of(supervisor, "docker")
        victims = {"the session": [session.pid], "the client": [client]}.get(whom, [session.pid, supervisor])
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: not alive(pid))
        assert eventually(lambda: len(runtime.asked("rm")) == 1)
        session.kill()


def test_a_model_that_is_a_folder_here_is_seen_inside(
    runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models/mine").mkdir(parents=True)
    (tmp_path / "models/mine/config.json").write_text("{}")
    plan = replace(container_plan("models/mine", "mine"), model="models/mine")
    server = local().start(DEPLOYMENT, plan, tmp_path / "toy.log", lambda _: None)
    server.stop()
    assert server.log_tail()[0].split()[1:] == [str(tmp_path / "models/mine"), "mine"]
    assert len(runtime.asked("run")) == 1


@pytest.mark.parametrize(
    ("served", "answers_to"), [("{weights}", "/fmbench/weights/m.gguf"), ("{weights.name}", "m.gguf"), ("m", "m")]
)
def test_it_answers_under_the_name_that_it_sees(
    runtime: FakeRuntime, tmp_path: Path, served: str, answers_to: str
) -> None:
    plan = replace(container_plan("{weights}"), served_model=served)
    server = local().start(DEPLOYMENT, plan, tmp_path / "toy.log", lambda _: None)
    server.stop()
    assert server.endpoint.model == answers_to
    assert len(runtime.asked("run")) == 1


def test_adapters_that_lie_here_are_seen_inside(runtime: FakeRuntime, tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    named = (str(tmp_path / "sql"), "org/adapter", str(tmp_path / "gone"))
    plan = replace(container_plan(*(f"a={path}" for path in named)), paths=named)
    server = local().start(DEPLOYMENT, plan, tmp_path / "toy.log", lambda _: None)
    server.stop()
    (asked,) = runtime.asked("run")
    assert f"--mount=type=bind,source={tmp_path}/sql,target=/fmbench/paths/0/sql,readonly" in asked
    assert asked[-3:] == ["a=/fmbench/paths/0/sql", "a=org/adapter", f"a={tmp_path}/gone"]


@pytest.mark.usefixtures("runtime")
def test_its_page_of_metrics_is_mapped_where_it_has_a_port_of_its_own(tmp_path: Path) -> None:
    arguments = ("-c", PAGED, "{port}", "{metrics_port}")
    container = Container(IMAGE, arguments, entrypoint=(sys.executable,), metrics_port=8002)
    plan = LaunchPlan((), "m", None, "served", "openai-chat", container=container, metrics_path="/m")
    server = local().start(DEPLOYMENT, plan, tmp_path / "toy.log", lambda _: None)
    try:
        assert httpx.get(server.endpoint.metrics_url, trust_env=False).text == "x 1\n"
    finally:
        server.stop()
