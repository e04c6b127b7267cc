from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_fmbench.errors import WorkerError
from pytest_fmbench.load.engine import QUIT, Engine, Job, Mailbox, Message
from pytest_fmbench.load.processes import Processes
from pytest_fmbench.load.threads import InProcess
from tests.support import jobs
from tests.support.processes import alive, eventually, pid_in

ENGINES = pytest.mark.parametrize("engine", [Processes(), InProcess()], ids=["processes", "inprocess"])
AFFINITY = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no core affinity on this system")


def heard(engine: Engine, *some: Job) -> list[tuple[int, Message]]:
    with engine.start(some) as crew:
        return list(crew.heard())


@ENGINES
def test_several_jobs_tell_and_it_is_known_which(engine: Engine) -> None:
    messages = dict(heard(engine, Job(jobs.echo, [1, "two"]), Job(jobs.echo, "other")))
    assert [messages[nth]["plan"] for nth in (0, 1)] == [[1, "two"], "other"]


def test_each_job_has_a_process_of_its_own() -> None:
    pids = {message["pid"] for _, message in heard(Processes(), Job(jobs.echo, 1), Job(jobs.echo, 2))}
    assert len(pids | {os.getpid()}) == 3


def test_in_this_process_each_job_has_a_thread_of_its_own() -> None:
    messages = [message for _, message in heard(InProcess(), Job(jobs.echo, 1), Job(jobs.echo, 2))]
    assert {message["pid"] for message in messages} == {os.getpid()}
    assert threading.get_ident() not in {message["thread"] for message in messages}


@ENGINES
def test_nothing_is_collected_while_a_job_runs_and_afterwards_all_is_as_it_was(engine: Engine) -> None:
    gc.unfreeze()  # Python 3.12 begins with some objects frozen
    before = gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()
    assert not any(message["collects"] for _, message in heard(engine, Job(jobs.echo, 1)))
    assert (gc.isenabled(), gc.get_freeze_count(), sys.getswitchinterval()) == before


@ENGINES
@AFFINITY
def test_a_job_keeps_to_its_cores_and_nobody_else_does(engine: Engine) -> None:
    ours = os.sched_getaffinity(0)
    first = min(ours)
    assert heard(engine, Job(jobs.cores, None, cores=(first,))) == [(0, {"cores": [first]})]
    assert os.sched_getaffinity(0) == ours


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="threads have no schedule of their own on this system")
def test_a_thread_that_stands_back_takes_no_other_with_it() -> None:
    ((_, found),) = heard(Processes(), Job(jobs.aside, None))
    assert (found["aside"], found["others"]) == (os.SCHED_IDLE, os.SCHED_OTHER)
    assert found["forward"] == [os.SCHED_OTHER, 10]


def test_a_process_goes_first_where_it_may() -> None:
    command = [sys.executable, "-c", "import os; os.setpriority(os.PRIO_PROCESS, 0, -10)"]
    may = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    ((_, found),) = heard(Processes(), Job(jobs.priority, None))
    assert found["nice"] == (-10 if may else os.getpriority(os.PRIO_PROCESS, 0))


def test_a_process_need_not_wait_for_the_end_of_a_long_slice() -> None:
    ((_, found),) = heard(Processes(), Job(jobs.priority, None))
    if not found["slices_ns"]:
        pytest.skip("this kernel does not tell how long slices are")
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if release is None or (int(release[1]), int(release[2])) < (6, 12):
        pytest.skip("before Linux 6.12 nobody asks for a slice")
    assert found["slices_ns"] == [100_000]


@ENGINES
def test_what_is_said_to_a_job_reaches_that_one_in_order(engine: Engine) -> None:
    answers: list[tuple[int, object]] = []
    with engine.start([Job(jobs.converse, "a"), Job(jobs.converse, "b")]) as crew:
        for nth, message in crew.heard():
            if message["event"] == "here":
                for event in (f"to {nth}", "bye", QUIT):
                    crew.say(nth, {"event": event})
            else:
                answers.append((nth, (message["event"], message["plan"])))
    told = {nth: [answer for who, answer in answers if who == nth] for nth in (0, 1)}
    assert told == {0: [("to 0", "a"), ("bye", "a")], 1: [("to 1", "b"), ("bye", "b")]}


@ENGINES
def test_to_say_something_to_a_job_that_has_ended_does_nothing(engine: Engine) -> None:
    with engine.start([Job(jobs.echo, 1)]) as crew:
        assert len(list(crew.heard())) == 1
        crew.say(0, {"event": "too late"})


@ENGINES
def test_a_message_may_be_longer_than_a_pipe_and_a_plan_too(engine: Engine) -> None:
    many = 1_000_000
    messages = dict(heard(engine, Job(jobs.long_words, many), Job(jobs.echo, "y" * many)))
    assert (len(messages[0]["words"]), len(messages[1]["plan"])) == (many, many)


@pytest.mark.parametrize(
    ("engine", "how"), [(Processes(), r"ended with status 1"), (InProcess(), "failed")], ids=["processes", "inprocess"]
)
def test_an_exception_in_a_job_is_told_with_its_last_lines(engine: Engine, how: str) -> None:
    with pytest.raises(WorkerError, match=rf"^the second one {how}.*\n(.*\n)*.*RuntimeError: no luck"):
        heard(engine, Job(jobs.echo, 1), Job(jobs.fail, "no luck", name="second one"))


def test_a_job_that_dies_is_told_with_its_last_lines() -> None:
    with pytest.raises(
        WorkerError, match=r"^the load process ended with status 3 before its work was done\n.*about to go"
    ):
        heard(Processes(), Job(jobs.die, None))


def test_a_job_that_leaves_early_is_an_error_though_its_status_is_0() -> None:
    with pytest.raises(WorkerError, match="ended with status 0 before its work was done"):
        heard(Processes(), Job(jobs.leave, None))


def test_a_job_that_stands_still_is_ended_and_says_where() -> None:
    with pytest.raises(WorkerError, match=r"^the load process stood still .*\n.* in stand_still\n"):
        heard(Processes(), Job(jobs.stand_still, None))


@ENGINES
def test_a_job_that_goes_on_and_ends_is_let_be(engine: Engine) -> None:
    assert heard(engine, Job(jobs.go_on, None)) == []


def test_a_job_that_is_killed_ends_the_others(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "other"]

    def kill_one() -> None:
        with Processes().start([Job(jobs.wait, file) for file in files]) as crew:
            for _ in crew.heard():
                if all(map(Path.exists, files)):
                    os.kill(pid_in(files[0]), signal.SIGKILL)

    with pytest.raises(WorkerError, match="ended with status -9"):
        kill_one()
    assert not alive(pid_in(files[1]))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_of_the_listener_ends_every_process(tmp_path: Path, error: type[BaseException]) -> None:
    files = [tmp_path / "one", tmp_path / "other"]

    def refuse(some: Sequence[Job]) -> None:
        with Processes().start(some) as crew:
            for _ in crew.heard():
                if all(map(Path.exists, files)):
                    raise error

    with pytest.raises(error):
        refuse([Job(jobs.wait, file) for file in files])
    assert not any(alive(pid_in(file)) for file in files)


def test_an_exception_of_the_listener_asks_threads_to_end() -> None:
    def refuse() -> None:
        with InProcess().start([Job(jobs.converse, 1)]) as crew:
            for _ in crew.heard():
                raise ValueError("enough")

    before = threading.active_count()
    with pytest.raises(ValueError, match="enough"):
        refuse()
    assert threading.active_count() == before


def test_all_die_with_their_parent_even_by_sigkill(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "other"]
    code = (
        "from pytest_fmbench.load.engine import *; from pytest_fmbench.load.processes import *\n"
        "from tests.support import jobs\n"
        f"with Processes().start([Job(jobs.wait, file) for file in {[*map(str, files)]!r}]) as crew:\n"
        "    print(*crew.heard())"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3]) as parent:
        children = [pid_in(file) for file in files]
        assert all(map(alive, children))
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(map(alive, children)))


def test_a_mailbox_keeps_what_comes_before_anyone_listens() -> None:
    mailbox, messages = Mailbox(), list[Message]()
    mailbox.put({"event": 1})
    mailbox.listen(messages.append)
    mailbox.put({"event": 2})
    assert messages == [{"event": 1}, {"event": 2}]
