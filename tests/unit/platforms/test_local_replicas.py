"""Replicas behind a stand-in for a load balancer: plumbing, not balance."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest

from pytest_fmbench.errors import LaunchError, NotAllowed
from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.platforms.inventory import NVIDIA, Accelerators
from tests.support.fake_runtime import fake_balancer, fake_runtime
from tests.support.local_servers import FACTS, SERVER, container_plan, local, process_plan
from tests.support.processes import alive, eventually

TWO = Deployment("m", "toy", replicas=2)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake_balancer(tmp_path / "programs")))
    four = Accelerators(NVIDIA, ("0", "1", "2", "3"))
    monkeypatch.setattr("pytest_fmbench.platforms.local.accelerators", lambda: four)


def said(url: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(url, trust_env=False).json()
    return found


def test_replicas_share_the_requests_and_the_devices(tmp_path: Path) -> None:
    server = local().start(TWO, process_plan(accelerators=2, facts=FACTS), tmp_path / "toy.log", lambda _: None)
    found = [said(server.endpoint.base_url) for _ in range(6)]
    assert {one["devices"] for one in found} == {"0,1", "2,3"}
    pids = {int(str(one["pid"])) for one in found}
    assert len(pids) == 2
    assert server.facts == {"version": "1.2", "devices": "0,1", "balancer": "nginx 0.0.1"}
    assert sorted(path.name for path in tmp_path.glob("toy.*log")) == ["toy.2.log", "toy.balancer.log", "toy.log"]
    server.stop()
    assert not any(map(alive, pids))
    with pytest.raises(httpx.ConnectError):
        said(server.endpoint.base_url)


def test_one_that_dies_is_told_by_its_own_log(tmp_path: Path) -> None:
    server = local().start(TWO, process_plan(), tmp_path / "toy.log", lambda _: None)
    before = {int(str(said(server.endpoint.base_url)["pid"])) for _ in range(4)}
    with (tmp_path / "toy.2.log").open("a") as log:
        log.write("about to be killed\n")
    os.kill(max(before), signal.SIGKILL)
    assert eventually(lambda: server.failure() is not None)
    failure = str(server.failure())
    assert failure in {f"replica {nth} of 2 ended with status 137" for nth in (1, 2)}
    assert ("about to be killed" in server.log_tail()) == ("replica 2" in failure)
    server.stop()
    assert not any(map(alive, before))


def test_if_one_never_starts_none_is_left(tmp_path: Path) -> None:
    # the second to look for the file finds it
    code = f"import os; os.open({str(tmp_path / 'first')!r}, os.O_CREAT | os.O_EXCL)\n" + SERVER
    with pytest.raises(
        LaunchError, match=r"replica [12] of 2 ended with status 1 before it was ready(.*\n)*.*FileExists"
    ):
        local().start(TWO, process_plan(code), tmp_path / "toy.log", lambda _: None)
    assert not (tmp_path / "toy.balancer.log").exists()


def test_each_replica_can_be_a_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = fake_runtime(tmp_path, monkeypatch)
    server = local().start(TWO, container_plan(accelerators=1), tmp_path / "toy.log", lambda _: None)
    assert len({said(server.endpoint.base_url)["pid"] for _ in range(4)}) == 2
    devices = [word for words in runtime.asked("run") for word in words if word.startswith("--gpus")]
    assert sorted(devices) == ['--gpus="device=0"', '--gpus="device=1"']
    server.stop()
    assert runtime.pids() == []


def test_without_a_load_balancer_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("pytest_fmbench.platforms.inventory._ADMINISTRATORS", ())
    with pytest.raises(NotAllowed, match="install nginx or haproxy"):
        local().start(TWO, process_plan(), tmp_path / "toy.log", lambda _: None)
    assert not (tmp_path / "toy.log").exists()
