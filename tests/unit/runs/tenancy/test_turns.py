"""Who uses a lease, and whose turn it is to measure: locks that die with their process."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from pytest_fmbench.runs.tenancy.cores import Cores, slots_of
from pytest_fmbench.runs.tenancy.uses import Uses
from tests.support.processes import eventually


def test_the_last_one_knows_that_it_is_the_last(tmp_path: Path) -> None:
    first, second = Uses(tmp_path / "uses"), Uses(tmp_path / "uses")
    first.begin("a")
    first.begin("a")
    second.begin("a")
    second.begin("b")
    assert not first.end("a")
    assert second.end("a")
    assert second.end("b")
    assert [*(tmp_path / "uses").iterdir()] == []


def test_one_that_was_never_begun_has_nobody(tmp_path: Path) -> None:
    assert Uses(tmp_path / "uses").end("a")


def test_the_lock_of_one_that_died_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "a.1-dead.lock").touch()
    assert Uses(tmp_path).end("a")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("cores", "workers", "slots"), [(1, 1, 1), (2, 1, 1), (4, 1, 2), (8, 1, 4), (8, 3, 2), (2, 8, 1)]
)
def test_each_load_worker_and_a_decoder_need_a_core(cores: int, workers: int, slots: int) -> None:
    assert slots_of(cores, workers) == slots


class Waiting:
    """Somebody else who wants a turn."""

    def __init__(self, folder: Path, slots: int, *, whole: bool) -> None:
        self.said: list[str] = []
        self.had = False
        self._cores, self._whole = Cores(folder, slots, self.said.append), whole
        self._thread = Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        with self._cores.taken(whole=self._whole):
            self.had = True

    def has_waited(self) -> bool:
        return eventually(lambda: bool(self.said)) and not self.had

    def gets_it(self) -> bool:
        self._thread.join()
        return self.had


@pytest.mark.parametrize(("ours", "theirs"), [(True, True), (True, False), (False, True)])
def test_who_needs_the_whole_machine_has_it_alone(tmp_path: Path, ours: bool, theirs: bool) -> None:
    with Cores(tmp_path, 2, lambda _: None).taken(whole=ours):
        other = Waiting(tmp_path, 2, whole=theirs)
        assert other.has_waited()
    assert other.gets_it()


def test_as_many_as_there_are_slots_measure_at_once(tmp_path: Path) -> None:
    cores = Cores(tmp_path, 2, lambda _: None)
    with cores.taken(whole=False), cores.taken(whole=False):
        third = Waiting(tmp_path, 2, whole=False)
        assert third.has_waited()
    assert third.gets_it()


def test_without_locks_it_is_said_and_measured(tmp_path: Path) -> None:
    (tmp_path / "cores").write_text("a file")
    said: list[str] = []
    with Cores(tmp_path / "cores", 1, said.append).taken(whole=True):
        pass
    assert len(said) == 1
    assert said[0].startswith("others may measure on this machine at the same time: no locks in ")
