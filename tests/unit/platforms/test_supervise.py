"""The supervisor, as its own process, with commands that misbehave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from pytest_fmbench.platforms import supervise
from tests.support.processes import alive, child_of, eventually, is_held, pid_in

STAY = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAY
PARENT = (
    "import os, subprocess, sys, time;"
    f"subprocess.Popen([sys.executable, '-c', {STAY!r}, sys.argv[1] + '.child']);" + STAY.partition("; ")[2]
)


def supervised(code: str, *arguments: str, options: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    command = [sys.executable, supervise.__file__, *options, "--", sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def stdin_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin


@pytest.mark.parametrize(("code", "status"), [("", 0), ("raise SystemExit(3)", 3), ("import os; os.abort()", 134)])
def test_it_ends_with_the_status_of_its_command(code: str, status: int) -> None:
    with supervised(code) as process:
        assert process.wait(20) == status


def test_closing_the_lifeline_ends_the_command(tmp_path: Path) -> None:
    with supervised(STAY, str(tmp_path / "pid")) as process:
        child = pid_in(tmp_path / "pid")
        stdin_of(process).close()
        process.wait(20)
    assert not alive(child)


def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    with supervised(STUBBORN, str(tmp_path / "pid")) as process:
        child = pid_in(tmp_path / "pid")
        stdin_of(process).close()
        process.wait(30)
    assert not alive(child)


def test_what_the_command_started_goes_too(tmp_path: Path) -> None:
    with supervised(PARENT, str(tmp_path / "pid")) as process:
        pids = [pid_in(tmp_path / "pid"), pid_in(tmp_path / "pid.child")]
        stdin_of(process).close()
        process.wait(20)
    assert eventually(lambda: not any(map(alive, pids)))


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_the_command_is_held_still_with_what_it_started_and_ends_all_the_same(tmp_path: Path) -> None:
    with supervised(PARENT, str(tmp_path / "pid")) as process:
        pids = [pid_in(tmp_path / "pid"), pid_in(tmp_path / "pid.child")]
        os.write(stdin_of(process).fileno(), supervise.HOLD)
        assert eventually(lambda: all(map(is_held, pids)))
        os.write(stdin_of(process).fileno(), supervise.GO_ON)
        assert eventually(lambda: not any(map(is_held, pids)))
        os.write(stdin_of(process).fileno(), supervise.HOLD)
        assert eventually(lambda: all(map(is_held, pids)))
        stdin_of(process).close()
        process.wait(20)
    assert eventually(lambda: not any(map(alive, pids)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command(tmp_path: Path, number: signal.Signals) -> None:
    with supervised(STAY, str(tmp_path / "pid")) as process:
        child = pid_in(tmp_path / "pid")
        process.send_signal(number)
        process.wait(20)
    assert not alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
def test_killing_the_supervisor_itself_kills_the_command(tmp_path: Path) -> None:
    with supervised(STAY, str(tmp_path / "pid")) as process:
        child = pid_in(tmp_path / "pid")
        process.kill()
    assert eventually(lambda: not alive(child))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no core affinity on this system")
def test_the_command_is_pinned(tmp_path: Path) -> None:
    core = max(os.sched_getaffinity(0))
    code = "import os, sys; open(sys.argv[1], 'w').write(str(sorted(os.sched_getaffinity(0))))"
    with supervised(code, str(tmp_path / "cores"), options=(f"--cores={core}",)) as process:
        assert process.wait(20) == 0
    assert (tmp_path / "cores").read_text() == f"[{core}]"


@pytest.mark.parametrize(
    "end", ["by itself", "by its lifeline", "by SIGKILL of the supervisor", "of the watcher first"]
)
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
def test_what_comes_afterwards_comes_however_it_ends(tmp_path: Path, end: str) -> None:
    note = f"import os; os.write(os.open({str(tmp_path / 'note')!r}, os.O_CREAT | os.O_APPEND | os.O_WRONLY), b'x')"
    afterwards = json.dumps([sys.executable, "-c", note])
    code = STAY if end != "by itself" else STAY.replace("600", "0")
    with supervised(code, str(tmp_path / "pid"), options=(f"--afterwards={afterwards}",)) as process:
        child = pid_in(tmp_path / "pid")
        if end == "by SIGKILL of the supervisor":
            process.kill()
        elif end == "of the watcher first":
            os.kill(child_of(process.pid, "afterwards.py"), signal.SIGKILL)
            stdin_of(process).close()
        elif end == "by its lifeline":
            stdin_of(process).close()
        process.wait(20)
    assert eventually(lambda: not alive(child))
    assert eventually(lambda: (tmp_path / "note").exists() and (tmp_path / "note").read_text() == "x")
