"""User data, run: with stand-ins for the programs that it calls, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_fmbench.platforms.ec2.loader import load_script
from pytest_fmbench.platforms.ec2.ssh import host_key_in
from pytest_fmbench.platforms.ec2.task import Task
from pytest_fmbench.platforms.ec2.userdata import script
from pytest_fmbench.platforms.inventory import NONE
from tests.support.ec2 import LEASE, plan
from tests.support.processes import eventually

VERSION = "{}.{}".format(*sys.version_info)
PROGRAMS = {
    "shutdown": 'echo "$*" >> "$ROOM/shutdowns"',
    "docker": """
case $1 in
  run)
    echo "HF_TOKEN=$HF_TOKEN" > "$ROOM/seen"
    echo serving
    touch "$ROOM/serving"
    while [ ! -e "$ROOM/die" ]; do sleep 0.05; done
    echo 'CUDA out of memory'
    exit 3
    ;;
  image) echo org/image@sha256:abc ;;
esac
""",
    "curl": """
case "$*" in
  *api/token*) [ -e "$ROOM/expires" ] && echo a-token ;;
  *fmbench-expires*) case "$*" in *'token: a-token'*) cat "$ROOM/expires" ;; *) exit 22 ;; esac ;;
  *10.0.0.2:*) [ -e "$ROOM/others" ] ;;
  *) [ -e "$ROOM/serving" ] ;;
esac
""",
    "aws": 'echo "it\'s secret"',
    "systemctl": "exit 0",
    f"python{VERSION}": """
mkdir -p "$3/bin"
printf '#!/bin/bash\\necho "$*" > "$ROOM/installed"\\n' > "$3/bin/python"
chmod +x "$3/bin/python"
""",
    "install": 'mkdir -p "${@: -1}"',
    "chown": "exit 0",
    "nginx": 'touch "$ROOM/sharing"; while :; do sleep 0.05; done',
}
PATIENCE_S = 30.0


class Room:
    """Where it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def expire(self, in_s: float) -> None:
        (self.folder / "expires").write_text(str(int(time.time() + in_s)))

    def said(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def until(self, name: str, text: str) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not any(text in line for line in self.said(name)):
            assert time.monotonic() < give_up, (text, self.said(name), self.said("console"), self.said("errors"))
            time.sleep(0.02)


@contextmanager
def running(folder: Path, token_parameter: str = "", beside: Sequence[str] = (), text: str = "") -> Iterator[Room]:
    programs, made = folder / "programs", plan()
    programs.mkdir()
    for name, does in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/bash\n{does}\n")
        (programs / name).chmod(0o755)
    assert made.container is not None
    task = Task(made, made.container, "us-east-1", (NONE,), "0.0.0.0", token_parameter, beside=beside)
    text = text or script(LEASE, task)
    for place in ("/var/log/fmbench", "/etc/ssh", "/home/ec2-user", "/opt/fmbench", "/opt/dlami", "/run/fmbench"):
        text = text.replace(place, str(folder / place.strip("/").replace("/", "-")))
    text = text.replace("/dev/console", str(folder / "console")).replace(
        "> " + str(folder / "console"), ">> " + str(folder / "console")
    )
    text = text.replace("sleep 60", "sleep 0.05").replace("sleep 15", "sleep 0.05").replace("sleep 20", "sleep 0")
    (folder / "script").write_text(text)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "ROOM": str(folder), "HF_TOKEN": ""}
    with (folder / "errors").open("w") as errors:
        process = subprocess.Popen(
            ["bash", str(folder / "script")], env=environment, stdout=errors, stderr=errors, start_new_session=True
        )
    try:
        yield Room(folder)
    finally:
        os.killpg(process.pid, 9)
        process.wait()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with running(tmp_path) as made:
        yield made


def test_its_end_follows_its_tag_and_stays_where_that_cannot_be_read(room: Room) -> None:
    room.until("console", "fmbench: ready")
    assert {*room.said("shutdowns")} == {"-h +30"}, "the metadata service does not answer"
    room.expire(in_s=7_190)
    room.until("shutdowns", "-h +120")
    (room.folder / "expires").write_text("<html>")
    time.sleep(0.2)
    assert {*room.said("shutdowns")} <= {"-h +30", "-h +120", "-h +119"}
    room.expire(in_s=-5)
    room.until("shutdowns", "-h now")
    room.until("console", "fmbench: the lease has expired")


def test_it_says_what_it_does_and_which_image_it_runs(room: Room) -> None:
    room.until("console", "fmbench: ready")
    said = room.said("console")
    assert said[:2] == ["fmbench: pulling org/image:1", "fmbench: image org/image@sha256:abc"]
    assert said[-1] == "fmbench: ready"


def test_a_server_that_ends_takes_the_machine_along_and_says_why(room: Room) -> None:
    room.until("console", "fmbench: ready")
    (room.folder / "die").touch()
    room.until("shutdowns", "-h now")
    said = room.said("console")
    assert "fmbench: | CUDA out of memory" in said
    assert said[-1] == "fmbench: failed: the server ended"


def test_requests_are_shared_out_once_the_replicas_of_other_instances_are_ready_too(tmp_path: Path) -> None:
    with running(tmp_path, beside=("10.0.0.2:8001",)) as room:
        room.until("console", "fmbench: loading: serving")
        assert not (tmp_path / "sharing").exists()
        (tmp_path / "others").touch()
        room.until("console", "fmbench: ready")
        assert eventually((tmp_path / "sharing").exists)


def test_a_token_reaches_the_server_and_nothing_else(tmp_path: Path) -> None:
    with running(tmp_path, "/hf/token") as room:
        room.until("console", "fmbench: ready")
        assert room.said("seen") == ["HF_TOKEN=it's secret"]
        kept = tmp_path / "run-fmbench/env"
        assert kept.stat().st_mode & 0o777 == 0o600
        others = [path for path in tmp_path.rglob("*") if path.is_file() and path not in (kept, tmp_path / "seen")]
        assert [path for path in others if "it's secret" in path.read_text() and path.name != "aws"] == []


def test_what_generates_load_says_its_host_key_once_it_can_be_entered(tmp_path: Path) -> None:
    keys = tmp_path / "etc-ssh"
    keys.mkdir()
    (keys / "ssh_host_ed25519_key.pub").write_text("ssh-ed25519 AAAAhost root@ip-10-0-0-7\n")
    with running(tmp_path, text=load_script(LEASE, "ssh-ed25519 AAAAus fmbench-0123\n")) as room:
        room.until("console", "fmbench: ready")
        said = "\n".join(room.said("console"))
        assert host_key_in(said) == "ssh-ed25519 AAAAhost"
        assert said.index("host key") < said.index("ready")
        entered = tmp_path / "home-ec2-user/.ssh/authorized_keys"
        assert entered.read_text() == "restrict ssh-ed25519 AAAAus fmbench-0123\n"
        assert entered.stat().st_mode & 0o777 == 0o600
        (installed,) = room.said("installed")
        assert installed.startswith("-m pip install --quiet ")
        assert f"numpy=={version('numpy')}" in installed
        room.expire(in_s=-5)
        room.until("shutdowns", "-h now")
