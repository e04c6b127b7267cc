"""Load from another host: here another Python, or one in a time namespace, whose clock is another."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_fmbench.errors import StoreError, WorkerError
from pytest_fmbench.load.elsewhere import Elsewhere
from pytest_fmbench.load.engine import QUIT, Job, Message
from tests.support import jobs
from tests.support.jobs import Spooling
from tests.support.processes import alive, eventually

HERE = (sys.executable,)
DAY_S = 86_400
OTHER_CLOCK = ("unshare", "--time", "--fork", "--monotonic", str(DAY_S), sys.executable)


def has_other_clocks() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*OTHER_CLOCK, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode == 0


def spooling(path: Path, *pieces: bytes) -> Job:
    path.touch()
    return Job(jobs.spool, Spooling(path, pieces), name="spooler", spools=True)


def until_ready(command: Sequence[str], *some: Job, say: Message | None = None) -> list[tuple[int, Message, int]]:
    """What was heard, each with the size of the first job's spool by then; ``say`` is said once jobs are ready."""
    found = []
    with Elsewhere(command).start(some) as crew:
        for nth, message in crew.heard():
            found.append((nth, message, some[0].plan.spool.stat().st_size))
            if message.get("event") == "ready" and say is not None:
                crew.say(nth, say)
            if message.get("event") == ("ready" if say is None else "heard"):
                crew.say(nth, {"event": QUIT})
    return found


def test_what_is_spooled_there_is_here_before_the_job_tells_of_it(tmp_path: Path) -> None:
    pieces = [b"a", b"b" * 100_000, b"", bytes(range(7))]
    found = until_ready(HERE, spooling(tmp_path / "spool", *pieces))
    told = [(message["size"], size) for _, message, size in found if message["event"] == "appended"]
    assert [size for size, _ in told] == [1, 100_001, 100_001, 100_008]
    assert all(size <= here for size, here in told)
    assert (tmp_path / "spool").read_bytes() == b"".join(pieces)


def test_only_jobs_that_spool_run_there_and_each_is_known_by_its_number(tmp_path: Path) -> None:
    first, last = spooling(tmp_path / "first", b"1"), spooling(tmp_path / "last", b"2")
    found = until_ready(HERE, first, Job(jobs.echo, "here"), last)
    assert [message["plan"] for nth, message, _ in found if nth == 1] == ["here"]
    folders = {nth: message["folder"] for nth, message, _ in found if message.get("event") == "ready"}
    assert {*folders} == {0, 2}
    assert str(tmp_path) not in folders.values()
    assert not any(Path(folder).exists() for folder in folders.values())
    assert [(tmp_path / name).read_bytes() for name in ("first", "last")] == [b"1", b"2"]


@pytest.mark.skipif(not has_other_clocks(), reason="no time namespaces here, or not for us")
def test_a_time_that_is_said_is_put_on_the_clock_there(tmp_path: Path) -> None:
    with Elsewhere(OTHER_CLOCK).start([spooling(tmp_path / "spool")]) as crew:
        ahead_s = crew.ahead_ns / 1e9
        for nth, message in crew.heard():
            if message["event"] == "ready":
                crew.say(nth, {"event": "go", "at_ns": 5_000_000_000})
            elif message["event"] == "heard":
                crew.say(nth, {"event": QUIT})
                said = message
    assert ahead_s == pytest.approx(DAY_S, abs=1.0)
    assert said["at_ns"] == pytest.approx(5_000_000_000 + crew.ahead_ns, abs=1_000_000_000)
    assert said["at_ns"] >= 5_000_000_000 + crew.ahead_ns


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import sys; sys.exit('Permission denied (publickey).')", r"status 1 before it said anything(.|\n)*publickey"),
        ("print('Welcome to the load host')", "says what is no message of ours"),
        ("print(3)", "says what is no message of ours"),
        (
            'print(\'{"version": "0.0.1", "python": [3, 9]}\')',
            r"has pytest-fmbench 0\.0\.1 on Python 3\.9, and we have",
        ),
    ],
)
def test_a_host_that_is_not_ready_is_named_with_what_it_lacks(tmp_path: Path, script: str, problem: str) -> None:
    command = (sys.executable, "-c", script)
    with pytest.raises(WorkerError, match=problem) as raised, Elsewhere(command).start([spooling(tmp_path / "spool")]):
        pass
    assert "load of " in str(raised.value)


def test_a_command_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    command = (str(tmp_path / "ssh"), "host")
    with pytest.raises(WorkerError, match="cannot be started"), Elsewhere(command).start([spooling(tmp_path / "s")]):
        pass


def test_a_host_that_is_lost_on_the_way_ends_the_run_and_what_was_spooled_is_kept(tmp_path: Path) -> None:
    job = spooling(tmp_path / "spool", b"kept")

    def lose() -> None:
        with Elsewhere(HERE).start([job]) as crew:
            for _, message in crew.heard():
                if message["event"] == "ready":
                    os.kill(_parent_of(message["pid"]), signal.SIGKILL)

    with pytest.raises(WorkerError, match="ended with status -9 before its work was done"):
        lose()
    assert (tmp_path / "spool").read_bytes() == b"kept"


def test_a_job_that_fails_there_fails_here_with_its_last_lines(tmp_path: Path) -> None:
    job = Job(jobs.fail, Spooling(tmp_path / "spool"), name="spooler", spools=True)
    (tmp_path / "spool").touch()
    with pytest.raises(WorkerError, match=r"spooler ended with status 1(.|\n)*RuntimeError"):
        until_ready(HERE, job)


def test_nothing_is_left_there_when_we_end_first(tmp_path: Path) -> None:
    with Elsewhere(HERE).start([spooling(tmp_path / "spool")]) as crew:
        _, message = next(crew.heard())
    assert message["event"] == "ready"
    assert eventually(lambda: not alive(message["pid"]))
    assert eventually(lambda: not Path(message["folder"]).exists())


def test_a_disk_that_is_full_here_is_told(tmp_path: Path) -> None:
    job = spooling(tmp_path / "spool", b"x")
    with Elsewhere(HERE).start([job]) as crew:
        (tmp_path / "spool").unlink()
        (tmp_path / "spool").mkdir()
        with pytest.raises(StoreError, match="cannot write the spool"):
            list(crew.heard())


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
