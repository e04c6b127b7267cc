from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.engine import Job, Message, run_in_process
from tests.support import jobs
from tests.support.processes import alive, eventually, pid_in


def heard(job: Job) -> list[Message]:
    messages: list[Message] = []
    run_in_process(job, messages.append)
    return messages


def test_a_job_runs_elsewhere_and_tells() -> None:
    (message,) = heard(Job(jobs.echo, [1, "two"]))
    assert message["plan"] == [1, "two"]
    assert message["pid"] != os.getpid()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no core affinity on this system")
def test_a_job_keeps_to_its_cores() -> None:
    first = min(os.sched_getaffinity(0))
    assert heard(Job(jobs.cores, None, cores=(first,))) == [{"cores": [first]}]


def test_an_exception_in_a_job_is_told_with_its_last_lines() -> None:
    with pytest.raises(WorkerError, match=r"status 1\n(.*\n)*.*RuntimeError: no luck"):
        heard(Job(jobs.fail, "no luck"))


def test_a_job_that_dies_is_told_with_its_last_lines() -> None:
    with pytest.raises(WorkerError, match=r"status 3\n.*about to go"):
        heard(Job(jobs.die, None))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_of_the_listener_ends_the_process(tmp_path: Path, error: type[BaseException]) -> None:
    def refuse(_: Message) -> None:
        raise error

    with pytest.raises(error):
        run_in_process(Job(jobs.wait, tmp_path / "pid"), refuse)
    assert not alive(pid_in(tmp_path / "pid"))


def test_it_dies_with_its_parent_even_by_sigkill(tmp_path: Path) -> None:
    code = (
        "from pytest_fmbench.load.engine import *; from tests.support import jobs;"
        f"run_in_process(Job(jobs.wait, {str(tmp_path / 'pid')!r}), print)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3]) as parent:
        child = pid_in(tmp_path / "pid")
        assert alive(child)
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: not alive(child))
