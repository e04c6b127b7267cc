"""Whole sessions: pytest with two workers on two deployments, each with a case that ends and one that goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from pytest_fmbench.testing import constant, healthy, serving
from tests.chaos.endings import Patient
from tests.chaos.lives import ROLE
from tests.support.aws.runtime import Runtime, serving_runtime
from tests.support.processes import alive, eventually

PLACES = {
    "ec2": "ec2:g6e.2xlarge?source=127.0.0.1/32&market=spot",
    "sagemaker": f"sagemaker:ml.g5.2xlarge?role={ROLE}&scheduler_role={ROLE}",
}
_STACKS = {"ec2": "vllm", "sagemaker": "djl"}
_PRICES = ("--fmbench-price", "g6e.2xlarge=2", "--fmbench-price", "ml.g5.2xlarge=2")
_OPTIONS = ("--fmbench-engine", "inprocess", "--fmbench-telemetry", "off", "--fmbench-inconclusive", "pass")
_ROOT = Path(__file__).parents[2]
_REPLY = healthy("openai-chat", ttft=constant(0.05))
ENDS_S = 240.0
"""How long a session may take to end, whatever befell it."""

CASES = """
import os
import pathlib
import time

import pytest
from pytest_fmbench import Deployment, chat, closed, constant

HERE = pathlib.Path(__file__).parent


@pytest.mark.deployments({deployments})
@pytest.mark.parametrize("goes_on", [False, True], ids=["ends", "goes_on"])
@pytest.mark.sla("error_rate <= 0%")
def test_chat(fmbench, deployment, goes_on):
    if goes_on:
        (HERE / f"goes_on.{{os.getpid()}}").touch()
        fmbench(deployment, chat(4), constant(20), warmup=0, duration="10s")
        while not (HERE / "go").exists():  # the machine may be too slow for what is to happen meanwhile
            time.sleep(0.02)
    else:
        fmbench(deployment, chat(4), closed(1), warmup=0, requests=4)
"""


class Session:
    """One that goes on, in a process group of its own.

    :ivar runtime: what answers its requests, where instances do not.
    :ivar told: what it has told.
    """

    def __init__(self, one: Patient, process: subprocess.Popen[str], runtime: Runtime | None) -> None:
        self.one, self.told, self.runtime, self._process = one, list[str](), runtime, process
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._pids, self._cut = set[int](), list[str]()

    @property
    def workers(self) -> list[int]:
        """Ids of its processes whose second case has begun."""
        begun = {int(path.suffix[1:]) for path in self.one.state.glob("goes_on.*")}
        return sorted(begun & self._children())

    @property
    def folder(self) -> Path:
        """Its records; of several, those of the last."""
        return max((self.one.state / "fmbench-out").iterdir())

    def in_the_middle(self, workers: int = 2) -> None:
        """Wait until the second cases have begun, and one of them records.

        :raises AssertionError: when that does not come to be.
        """
        begun = eventually(lambda: self.over or len(self.workers) >= workers, ENDS_S)
        assert begun, self.told
        assert eventually(lambda: self._records or self.over, ENDS_S), self.told
        assert not self.over, self.told
        self._pids = self._children()

    def go(self) -> None:
        """Let its cases end."""
        (self.one.state / "go").touch()

    @property
    def over(self) -> bool:
        """Whether its controller has ended."""
        return self._process.poll() is not None

    def ends(self) -> bool:
        """Whether it ends in time; what is left of its processes is then killed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_S)
        ended = self.over
        if not ended:
            self.signal_all(signal.SIGKILL)
        return ended

    def gone(self) -> bool:
        """Whether all of its processes end in time."""
        return eventually(lambda: not any(map(alive, self._pids)), ENDS_S)

    def signal_controller(self, number: signal.Signals) -> None:
        """To the process that leads it."""
        self._process.send_signal(number)

    def signal_worker(self, number: signal.Signals) -> None:
        """To one of its workers."""
        os.kill(self.workers[0], number)

    def signal_all(self, number: signal.Signals) -> None:
        """To its whole process group."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def cut(self) -> None:
        """The network is cut: to AWS, and to all that serves."""
        self.one.cloud.cut()
        if self.runtime is not None:
            self.runtime.away = True
        self._cut = self.one.cloud.instances
        for instance in self._cut:
            self.one.cloud.cut_off(instance)

    def reach(self) -> None:
        """It is back."""
        self.one.cloud.behave()
        if self.runtime is not None:
            self.runtime.away = False
        for instance in set(self._cut) & {*self.one.cloud.instances}:
            self.one.cloud.reach(instance)
        self._cut = []

    def close(self) -> None:
        """End whatever of it runs still."""
        self.signal_all(signal.SIGKILL)
        self._process.wait()
        self._reader.join(ENDS_S)

    @property
    def processes(self) -> set[int]:
        """Ids of all of them."""
        return {self._process.pid, *self._pids}

    @property
    def _records(self) -> bool:
        with suppress(FileNotFoundError):  # one that goes while we look
            spools = self.one.state.glob("fmbench-out/*/cases/*/spool*")
            return any(path.stat().st_size for path in spools)
        return False

    def _children(self) -> set[int]:
        with suppress(psutil.NoSuchProcess):
            return {one.pid for one in psutil.Process(self._process.pid).children(recursive=True)}
        return set()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            self.told.extend(line.rstrip("\n") for line in lines)


@contextmanager
def begun(one: Patient, runtime: Runtime | None, *models: str) -> Iterator[Session]:
    """A session on deployments of these models; nothing of it runs once the block has ended."""
    place, stack = PLACES[one.platform], _STACKS[one.platform]
    deployments = ", ".join(f'Deployment("org/{model}", "{stack}", "{place}")' for model in models)
    (one.state / "test_chat.py").write_text(CASES.format(deployments=deployments))
    command = [sys.executable, "-m", "pytest", "-n", "2", "--fmbench-budget", "1000", *_PRICES, *_OPTIONS]
    process = subprocess.Popen(
        command,
        cwd=one.state,
        env=surroundings(one, runtime),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    session = Session(one, process, runtime)
    try:
        yield session
    finally:
        session.close()


@contextmanager
def data_plane(one: Patient) -> Iterator[Runtime | None]:
    """What answers the requests of a load: SageMaker's runtime, behind which is a mock server; an instance itself."""
    one.cloud.script = _REPLY
    if one.platform == "ec2":
        yield None
        return
    with serving(_REPLY) as mock, serving_runtime(mock.url) as runtime:
        yield runtime


def surroundings(one: Patient, runtime: Runtime | None) -> dict[str, str]:
    """The environment of a session, and of `fmbench reap` after it."""
    ours = {"FMBENCH_STATE": str(one.state / "state"), "PYTHONPATH": str(_ROOT)}
    plain = {"PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:anyio -p no:cacheprovider"}
    keys = runtime.environment if runtime is not None else {}
    return {**os.environ, **one.cloud.environment, **keys, **ours, **plain}
