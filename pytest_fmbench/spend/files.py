"""Files that are whole, and on the disk, when a call that wrote them returns."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from pytest_fmbench.errors import StoreError
from pytest_fmbench.store.base import STATE_VARIABLE

PATIENCE_S = 60.0
"""For others who write: what they do takes milliseconds."""

_FOR_US_ALONE = 0o700


@contextmanager
def locked(lock: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Keeps every other process and thread out that locks the same file; the kernel frees it when its holder dies.

    :raises StoreError: when others keep it for too long, or it cannot be made.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True, mode=_FOR_US_ALONE)
        held = FileLock(lock)
        held.acquire(timeout=patience_s)
    except Timeout as error:
        raise StoreError(f"others have held {lock} for {patience_s:g} s; try again once they are done") from error
    except OSError as error:
        raise StoreError(f"cannot write {lock}: {error}; {STATE_VARIABLE} names another folder") from error
    try:
        yield
    finally:
        held.release()


def write_durably(path: Path, content: bytes) -> None:
    """Put a file in place of ``path``, whole or not at all.

    :raises StoreError: when it cannot be written; what was there stays, unless only its folder cannot be synced.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=_FOR_US_ALONE)
        try:
            _write(draft, os.O_CREAT | os.O_EXCL, content)
            draft.replace(path)
            _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; {STATE_VARIABLE} names another folder") from error


def append_durably(path: Path, line: bytes) -> None:
    """Add a line to ``path``; one before it that a crash cut short keeps to itself.

    :raises StoreError: when it cannot be written.
    """
    try:
        _write(path, os.O_CREAT | os.O_APPEND, (b"" if _ends_in_a_line(path) else b"\n") + line + b"\n")
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}; {STATE_VARIABLE} names another folder") from error


def remove_durably(path: Path) -> None:
    """Remove ``path``.

    :raises StoreError: when that cannot be done.
    """
    try:
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"cannot remove {path}: {error}") from error


def _write(path: Path, how: int, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | how | getattr(os, "O_BINARY", 0), 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    finally:
        os.close(file)


def _ends_in_a_line(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def _sync_folder(folder: Path) -> None:
    """Have the folder's entries on the disk too. Windows opens no folders, and writes their entries by itself."""
    if os.name == "nt":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
