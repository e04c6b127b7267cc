"""Sessions of pytest, each a process group of its own, that measure on toys; and `fmbench reap` where they were."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.paid.cloud import VARIABLE, ToyCloud
from tests.support.processes import eventually

ROOT = Path(__file__).parents[3]

CONFTEST = """
from tests.support.paid import install

install()
"""

CASES = """
import json, os, pathlib, signal, time
import pytest
from pytest_fmbench import Deployment, chat, closed

HERE = pathlib.Path(__file__).parent

@pytest.mark.sla("error_rate <= 0%")
@pytest.mark.deployments({deployments})
@pytest.mark.parametrize("nth", range({cases}))
def test_chat(fmbench, deployment, nth):
    {before}
    fmbench(deployment, chat(4), closed(1), warmup=0, requests=4)
"""

WAITS = """(HERE / f"waits.{os.getpid()}").touch()
    while not (HERE / "go").exists():
        time.sleep(0.02)"""
"""Until it may go on."""

_IN_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def toys(*models: str) -> str:
    """Deployments on toys, as a case names them."""
    return ", ".join(f'Deployment("{model}", "fake", "paid:toy")' for model in models)


@dataclass
class Ended:
    """A process that has ended."""

    code: int
    out: str


@dataclass
class Running:
    """A session that goes on."""

    process: subprocess.Popen[str]
    waiting: Path

    def waits(self, cases: int = 1) -> list[int]:
        """Wait until so many cases wait; the ids of their processes."""
        assert eventually(lambda: len([*self.waiting.glob("waits.*")]) >= cases), self._told()
        return [int(path.suffix[1:]) for path in self.waiting.glob("waits.*")]

    def signal_all(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def end(self) -> Ended:
        out, _ = self.process.communicate(timeout=120)
        return Ended(self.process.returncode, out)

    def _told(self) -> str:
        self.process.kill()
        return self.process.communicate()[0]


@dataclass
class Nursery:
    """A folder with cases, a user's state, and a cloud of toys."""

    folder: Path
    cloud: ToyCloud
    _running: list[Running] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        ours = {VARIABLE: str(self.cloud.folder), "FMBENCH_STATE": str(self.folder / "state"), "PYTHONPATH": str(ROOT)}
        return {**os.environ, **ours, "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:anyio -p no:cacheprovider"}

    def write(self, *models: str, cases: int = 1, before: str = "pass") -> None:
        """Write cases that measure on toys of these models."""
        (self.folder / "conftest.py").write_text(CONFTEST)
        text = CASES.format(deployments=toys(*models), cases=cases, before=before)
        (self.folder / "test_toys.py").write_text(text)

    def begin(self, *options: str) -> Running:
        """Begin a session."""
        command = [sys.executable, "-m", "pytest", "--fmbench-engine", "inprocess", "--fmbench-telemetry", "off"]
        process = subprocess.Popen(
            [*command, *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._running.append(Running(process, self.folder))
        return self._running[-1]

    def begin_in_a_terminal(self, *options: str) -> tuple[Running, int]:
        """Begin a session in a terminal of its own; the file by which that is held."""
        ours, theirs = pty.openpty()
        command = [
            sys.executable,
            "-c",
            _IN_A_TERMINAL,
            sys.executable,
            "-m",
            "pytest",
            "--fmbench-engine",
            "inprocess",
        ]
        process = subprocess.Popen(
            [*command, *options],
            cwd=self.folder,
            env=self.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            text=True,
            start_new_session=True,
        )
        os.close(theirs)
        self._running.append(Running(process, self.folder))
        return self._running[-1], ours

    def run(self, *options: str) -> Ended:
        """A session from its begin to its end."""
        return self.begin(*options).end()

    def go(self) -> None:
        """Let all cases that wait go on."""
        (self.folder / "go").touch()

    def reap(self, *options: str) -> Ended:
        command = [sys.executable, "-m", "tests.support.paid", "reap", *options]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        return Ended(done.returncode, done.stdout + done.stderr)

    @property
    def session(self) -> Path:
        """The folder of the last session."""
        return max((self.folder / "fmbench-out").iterdir())

    def close(self) -> None:
        """End whatever a test left."""
        for one in self._running:
            with suppress(ProcessLookupError):
                one.signal_all(signal.SIGKILL)
            one.process.communicate()
        for lease in self.cloud.left():
            self.cloud.delete(lease)
