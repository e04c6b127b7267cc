from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from pytest_fmbench.errors import StoreError
from pytest_fmbench.spend.files import append_durably, locked, remove_durably, write_durably

FULL = """
import resource, sys
from pathlib import Path
from pytest_fmbench.errors import StoreError
from pytest_fmbench.spend.leases import Leases
from tests.support.leases import PAID

resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    Leases(Path(sys.argv[1]), "ours", "me@here").open(PAID, "ec2", {}, 1.0)
except StoreError as error:
    print(error)
"""


def test_what_is_written_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_durably(path, b"one")
    write_durably(path, b"two")
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [("file", b"two")]
    remove_durably(path)
    remove_durably(path)
    assert [*path.parent.iterdir()] == []


def test_lines_are_added(tmp_path: Path) -> None:
    for line in (b"one", b"two"):
        append_durably(tmp_path / "file", line)
    assert (tmp_path / "file").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path, write = tmp_path / "file", os.write
    write_durably(path, b"old")

    def full(file: int, content: bytes = b"") -> int:
        if content and len(content) > 1:
            return write(file, content[:1])  # the first byte has room
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(StoreError, match=r"cannot write .*file: .*No space left on device"):
        write_durably(path, b"new")
    with pytest.raises(StoreError, match="No space left on device"):
        append_durably(tmp_path / "lines", b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of a file's size")
def test_a_lease_that_finds_no_room_is_not_half_there(tmp_path: Path) -> None:
    run = (sys.executable, "-c", FULL, str(tmp_path))
    done = subprocess.run(run, cwd=Path(__file__).parents[3], check=True, capture_output=True, text=True)
    assert "File too large" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_each_write_is_synced_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, fsync, replace = list[str](), os.fsync, Path.replace

    def sync(file: int) -> None:
        told.append("folder" if os.path.isdir(f"/proc/self/fd/{file}") else "file")  # noqa: PTH112  # a link's target
        fsync(file)

    def rename(draft: Path, target: Path) -> Path:
        told.append("rename")
        return replace(draft, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", rename)
    write_durably(tmp_path / "file", b"content")
    if sys.platform == "linux":
        assert told == ["file", "rename", "folder"]


def test_who_holds_a_lock_for_too_long_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    told = pytest.raises(StoreError, match=r"others have held .*lock for 0\.05 s")
    with FileLock(path), told, locked(path, patience_s=0.05):
        pytest.fail("it is held by another")


def test_a_lock_is_freed_by_an_exception(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), locked(tmp_path / "lock"):
        raise KeyboardInterrupt
    with locked(tmp_path / "lock", patience_s=0.05):
        pass
