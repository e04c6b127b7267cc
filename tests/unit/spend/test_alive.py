from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from pytest_fmbench.errors import StoreError
from pytest_fmbench.spend import alive
from pytest_fmbench.spend.alive import holding, is_alive

HOLDER = """
import subprocess, sys
from pytest_fmbench.spend.alive import holding

with holding("session"):
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path))
    return tmp_path


def test_a_session_is_alive_while_it_is_held(state: Path) -> None:
    assert not is_alive("session")
    assert [*state.iterdir()] == []  # looking leaves nothing
    with holding("session"):
        assert is_alive("session")
        assert not is_alive("another")
    assert not is_alive("session")


def test_it_dies_with_its_holder_however_that_dies() -> None:
    run = (sys.executable, "-c", HOLDER)
    with subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holding\n"
        assert is_alive("session")
        process.kill()
        process.wait()
        assert not is_alive("session")


def test_who_looks_at_the_same_time_is_not_taken_for_it(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "_OTHERS_LOOK_S", 60.0)
    with holding("session"):
        [lock] = (state / "sessions").iterdir()
    lock.touch()
    found = list[bool]()
    with FileLock(lock):  # as one does who looks, for a moment
        looker = threading.Thread(target=lambda: found.append(is_alive("session")))
        looker.start()
        looker.join(0.2)
    looker.join(60)
    assert found == [False]


def test_no_name_leads_out_of_the_folder(state: Path) -> None:
    with holding("../../outside/\udcff"):
        assert is_alive("../../outside/\udcff")
        assert [path.parent for path in state.rglob("*.lock")] == [state / "sessions"]


def test_one_session_is_not_held_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "_OTHERS_LOOK_S", 0.01)
    with holding("session"), pytest.raises(StoreError, match="others have held"), holding("session"):
        pytest.fail("it is held")


def test_what_cannot_be_told_is_not_called_dead(state: Path) -> None:
    with holding("session"):
        lock = next((state / "sessions").iterdir())
    lock.unlink(missing_ok=True)
    lock.mkdir()
    with pytest.raises(StoreError, match="cannot tell whether session session is alive"):
        is_alive("session")
