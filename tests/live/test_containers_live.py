"""Containers of a real runtime, where docker or podman answers; the image is a busybox, and needs no registry."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.model.deployment import Deployment
from pytest_fmbench.model.launch import Container, LaunchPlan
from pytest_fmbench.platforms.containers import LABEL
from pytest_fmbench.platforms.inventory import container_runtime
from tests.support.local_servers import local
from tests.support.processes import child_of, eventually

pytestmark = pytest.mark.lasting

IMAGE = "localhost/fmbench-test:1"
ROOT = Path(__file__).parents[2]


def plan() -> LaunchPlan:
    container = Container(
        IMAGE, ("httpd", "-f", "-p", "{port}", "-h", "{files}"), entrypoint=("/bin/busybox",), cache="/cache"
    )
    files = {"health": "ok", "version": '{"version": "9.9"}'}
    facts = {"version": ("/version", "version")}
    return LaunchPlan((), "m", None, "m", "openai-chat", container=container, files=files, facts=facts)


@pytest.fixture(scope="module")
def runtime() -> Iterator[str]:
    name, why = container_runtime()
    busybox = shutil.which("busybox")
    if name not in ("docker", "podman"):
        pytest.skip(why or f"{name} makes no image of a folder")
    if busybox is None or b"/ld-" in Path(busybox).read_bytes()[:4096]:  # where the loader would be named
        pytest.skip("needs a static busybox, to make an image of")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True) as archive:
        archive.add(busybox, "bin/busybox")
    subprocess.run([name, "import", "-", IMAGE], input=packed.getvalue(), check=True)
    yield name
    subprocess.run([name, "rmi", IMAGE], check=True)


def ours(runtime: str) -> list[str]:
    command = [runtime, "ps", "--all", "--quiet", "--filter", f"label={LABEL}"]
    return subprocess.check_output(command, text=True).split()


def test_it_serves_what_was_written_for_it_until_it_is_stopped(runtime: str, tmp_path: Path) -> None:
    server = local(tmp_path / "cache").start(Deployment("m", "toy"), plan(), tmp_path / "toy.log", print)
    assert server.version == "9.9"
    assert "sha256:" in str(server.facts["image"])
    assert len(ours(runtime)) == 1
    server.stop()
    assert ours(runtime) == []


@pytest.mark.parametrize("whom", ["the session", "the client", "the session and its supervisor"])
def test_whoever_is_killed_no_container_is_left(runtime: str, tmp_path: Path, whom: str) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.live.test_containers_live import *\n"
        "local().start(Deployment('m', 'toy'), plan(), Path(sys.argv[1]), print); print('ready', flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "toy.log")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as session:
        assert session.stdout is not None
        assert any(line == b"ready\n" for line in session.stdout)
        assert len(ours(runtime)) == 1
        supervisor = child_of(session.pid, "supervise.py")
        victims = {"the session": [session.pid], "the client": [client_of(supervisor, runtime)]}
        for victim in victims.get(whom, [session.pid, supervisor]):
            os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: ours(runtime) == [])
        session.kill()


def client_of(supervisor: int, runtime: str) -> int:
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children}
    return next(pid for pid, words in lines.items() if words[0].endswith(runtime.encode()))
