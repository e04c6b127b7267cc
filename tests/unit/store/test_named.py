from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from pytest_fmbench.errors import StoreError, UnknownName, UsageError
from pytest_fmbench.store import named
from pytest_fmbench.store.base import state_root


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def put(name: str, text: str = "x", *, replace: bool = False) -> None:
    def make(draft: Path) -> None:
        draft.write_text(text)

    named.write(named.place_of(name), make, replace=replace)


def test_the_state_folder_is_the_systems_or_the_one_that_is_named(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    assert state_root() == state
    monkeypatch.delenv("FMBENCH_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(state / "xdg"))
    if sys.platform == "linux":
        assert state_root() == state / "xdg" / "pytest-fmbench"


def test_names_are_those_that_were_written(state: Path) -> None:
    assert named.names() == []
    put("v1.2")
    put("main")
    assert named.names() == ["main", "v1.2"]
    assert named.known("main") == state / "baselines" / "main.zip"
    named.remove("main")
    (state / "baselines" / "no name.zip").touch()
    assert named.names() == ["v1.2"]


@pytest.mark.parametrize("use", [named.known, named.remove])
def test_an_unknown_name_lists_the_known_ones(use: object) -> None:
    put("main")
    assert callable(use)
    with pytest.raises(UnknownName, match=r"unknown baseline 'mian', did you mean 'main'\? Known: main"):
        use("mian")


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "..", ".hidden", "a\\b", "-x", "con", "NUL", "nul.txt", "a" * 101, "a\n", "ü", "a b", "a:b"],
)
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a baseline: give 1 to 100 letters"):
        named.place_of(name)


def test_one_that_is_there_is_replaced_on_request_only() -> None:
    put("main", "old")
    with pytest.raises(UsageError, match="is there already: --replace replaces it"):
        put("main", "new")
    assert named.place_of("main").read_text() == "old"
    put("main", "new", replace=True)
    assert named.place_of("main").read_text() == "new"


def test_what_fails_in_the_middle_leaves_what_was_there(state: Path) -> None:
    put("main", "old")

    def broken(draft: Path) -> None:
        draft.write_text("half")
        raise StoreError("no more disk")

    with pytest.raises(StoreError, match="no more disk"):
        named.write(named.place_of("main"), broken, replace=True)
    assert named.place_of("main").read_text() == "old"
    assert sorted(path.name for path in (state / "baselines").iterdir()) == [".lock", "main.zip"]


def test_a_second_writer_waits_for_the_first(state: Path) -> None:
    (state / "baselines").mkdir(parents=True)
    second = threading.Thread(target=put, args=("main",))
    with FileLock(state / "baselines" / ".lock"):
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert named.names() == []
    second.join(30)
    assert named.names() == ["main"]


def test_of_two_writers_at_once_one_is_told(state: Path) -> None:
    told, begin = list[str](), threading.Barrier(8)

    def write(text: str) -> None:
        begin.wait(30)
        try:
            put("main", text)
        except UsageError as error:
            told.append(str(error))

    writers = [threading.Thread(target=write, args=(str(nth),)) for nth in range(8)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
    assert len(told) == 7
    assert named.place_of("main").read_text() in {str(nth) for nth in range(8)}
    assert (state / "baselines").is_dir()


def test_one_who_writes_for_too_long_is_told_of(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "_PATIENCE_S", 0.05)
    (state / "baselines").mkdir(parents=True)
    with FileLock(state / "baselines" / ".lock"), pytest.raises(StoreError, match="others have been writing"):
        put("main")


def test_a_state_folder_that_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("FMBENCH_STATE", str(tmp_path / "taken"))
    with pytest.raises(StoreError, match=r"cannot write to .*taken.*FMBENCH_STATE names another folder"):
        put("main")
