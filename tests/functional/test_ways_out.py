"""Whatever dies, nothing that costs is left, once `fmbench reap` was asked where nobody was there to release it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paid.cloud import ToyCloud
from tests.support.paid.sessions import WAITS, Nursery
from tests.support.processes import alive, eventually

pytestmark = pytest.mark.lasting

BUDGET = ("--fmbench-budget", "5")


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    (tmp_path / "toys").mkdir()
    made = Nursery(tmp_path, ToyCloud(tmp_path / "toys"))
    yield made
    made.close()


def test_a_worker_that_is_killed_leaves_its_server_to_the_next(nursery: Nursery) -> None:
    nursery.write(
        "a", cases=2, before="died = HERE / 'died'\n    if not died.exists(): died.touch(); os.kill(os.getpid(), 9)"
    )
    done = nursery.run("-n", "2", *BUDGET)
    assert "crashed" in done.out
    assert "2 passed" in done.out or "1 passed" in done.out
    assert len(nursery.cloud.calls("start")) == 1
    assert nursery.cloud.left() == []


def test_what_no_worker_comes_back_for_the_controller_releases(nursery: Nursery) -> None:
    nursery.write("a", before="os.kill(os.getpid(), 9)")
    done = nursery.run("-n", "1", "--max-worker-restart", "0", *BUDGET)
    assert done.code != 0
    assert "releasing fmbench-" in done.out, done.out
    assert nursery.cloud.left() == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_sigterm_to_the_controller_ends_all(nursery: Nursery, workers: str) -> None:
    nursery.write("a", "b", before=WAITS)
    session = nursery.begin("-n", workers, *BUDGET)
    session.waits(max(1, int(workers)))
    session.process.terminate()
    done = session.end()
    assert done.code == 2, done.out
    assert nursery.cloud.left() == []
    assert nursery.reap().code == 0


def test_sigterm_to_a_worker_ends_all(nursery: Nursery) -> None:
    nursery.write("a", "b", before=WAITS)
    session = nursery.begin("-n", "2", *BUDGET)
    os.kill(session.waits(2)[0], signal.SIGTERM)
    assert eventually(lambda: len(nursery.cloud.left()) == 1)
    nursery.go()  # xdist waits until the other worker has ended its case
    done = session.end()
    assert done.code == 2, done.out
    assert nursery.cloud.left() == []


def test_sigterm_to_the_whole_group_ends_all(nursery: Nursery) -> None:
    nursery.write("a", "b", before=WAITS)
    session = nursery.begin("-n", "2", *BUDGET)
    session.waits(2)
    session.signal_all(signal.SIGTERM)
    done = session.end()
    assert done.code == 2, done.out
    assert nursery.cloud.left() == []


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_terminal_that_is_closed_ends_all(nursery: Nursery, workers: str) -> None:
    nursery.write("a", "b", before=WAITS)
    session, terminal = nursery.begin_in_a_terminal("-n", workers, *BUDGET)
    pids = session.waits(max(1, int(workers)))
    os.close(terminal)
    assert eventually(lambda: session.process.poll() is not None)
    assert eventually(lambda: not any(map(alive, pids)))
    assert nursery.cloud.left() == []
    assert nursery.reap().code == 0


def test_what_lives_is_left_alone_and_what_was_killed_is_reaped(nursery: Nursery) -> None:
    nursery.write("a", "b", before=WAITS)
    killed, lives = nursery.begin("-n", "2", *BUDGET), nursery.begin(*BUDGET)
    pids = killed.waits(3)
    untouched = nursery.reap("--yes", "--kept")
    assert untouched.code == 0
    assert untouched.out.count("left alone: its session is alive") == 3
    assert len(nursery.cloud.left()) == 3

    killed.signal_all(signal.SIGKILL)
    killed.end()
    assert eventually(lambda: sum(map(alive, pids)) == 1)
    dry = nursery.reap()
    assert dry.code == 1
    assert dry.out.count("its session is gone") == 2
    assert "2 of 3 are due; --yes ends them. Nothing was done." in dry.out
    assert len(nursery.cloud.left()) == 3
    ended = nursery.reap("--yes")
    assert ended.code == 0, ended.out
    assert len(nursery.cloud.left()) == 1

    nursery.go()
    done = lives.end()
    assert done.code == 0, done.out
    assert nursery.cloud.left() == []
    assert nursery.reap().out == "nothing is left\n"


def test_tags_alone_tell_what_has_expired_where_no_file_does(nursery: Nursery) -> None:
    nursery.write("a", before=WAITS)
    session = nursery.begin(*BUDGET)
    session.waits()
    session.signal_all(signal.SIGKILL)
    session.end()
    for path in (nursery.folder / "state" / "leases").glob("*.json"):
        path.unlink()
    (lease,) = nursery.cloud.left()
    unsure = nursery.reap("--yes")
    assert "its session may be alive on another machine" in unsure.out
    assert nursery.cloud.left() == [lease]
    assert nursery.reap("--yes", "--session", nursery.session.name).code == 0
    assert nursery.cloud.left() == []
