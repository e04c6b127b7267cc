"""The library's own variables, and Ctrl-C, in a process of its own: it reads them when it is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_fmbench.weights.fake_hub import FakeHub, serving

CONTENT = b"GGUF" + b"7" * 2_000_000
PATIENCE_S = 60.0
TOKEN = "hf_mine"
FETCHER = """
from pytest_fmbench.weights.fetch import locate
print(locate("org/name", "q4_0", progress=lambda line: None).read_bytes().__len__())
"""


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub({"org/name": {"m-Q4_0.gguf": CONTENT}}, token=TOKEN)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "hf-home"


@pytest.fixture
def start(hub: FakeHub, home: Path, tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(hub, home, tmp_path)
    yield starter
    starter.end()


class Starter:
    def __init__(self, hub: FakeHub, home: Path, folder: Path) -> None:
        self._hub, self._home, self._folder = hub, home, folder
        self._started: list[subprocess.Popen[str]] = []

    def __call__(self, **variables: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        where = {"HF_ENDPOINT": self._hub.url, "HF_HOME": str(self._home), "HF_TOKEN": TOKEN}
        environment = {**kept, **where, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
        process = subprocess.Popen(
            [sys.executable, "-c", FETCHER],
            cwd=self._folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    return output


def test_its_variables_are_honoured(hub: FakeHub, home: Path, start: Starter) -> None:
    with serving(hub):
        assert said(start()) == f"{len(CONTENT)}\n"
    assert {one.authorization for one in hub.asked if one.path.startswith("/org/")} == {f"Bearer {TOKEN}"}
    assert list(home.glob("hub/models--org--name/snapshots/*/m-Q4_0.gguf"))
    hub.asked.clear()
    assert said(start(HF_HUB_OFFLINE="1")) == f"{len(CONTENT)}\n"
    assert hub.asked == []


def test_interrupted_leaves_nothing_that_looks_whole(hub: FakeHub, home: Path, start: Starter) -> None:
    hub.holds_after = 1_000_000
    with serving(hub):
        interrupted = start()
        assert hub.holding.wait(PATIENCE_S)
        interrupted.send_signal(signal.SIGINT)
        _, errors = interrupted.communicate(timeout=PATIENCE_S)
        assert errors.rstrip().endswith("KeyboardInterrupt")
        assert not list(home.rglob("*.gguf"))
        assert {path.suffix for path in home.glob("hub/models--org--name/blobs/*")} <= {".incomplete"}
        hub.holds_after = None
        assert said(start()) == f"{len(CONTENT)}\n"
    assert len(hub.bodies_asked()) == 2


def test_killed_leaves_nothing_that_looks_whole(hub: FakeHub, home: Path, start: Starter) -> None:
    hub.holds_after = 1_000_000
    with serving(hub):
        killed = start()
        assert hub.holding.wait(PATIENCE_S)
        killed.kill()
        killed.communicate(timeout=PATIENCE_S)
        assert not list(home.rglob("*.gguf"))
        hub.holds_after = None
        assert said(start()) == f"{len(CONTENT)}\n"
