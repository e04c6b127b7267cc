"""Where fetched weights lie, whether they are whole, and who may change them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from pytest_fmbench.weights.pinned import PinnedWeights

CACHE_VARIABLE = "FMBENCH_CACHE"
_CHUNK_BYTES = 1 << 20


def cache_root() -> Path:
    """The folder that ``$FMBENCH_CACHE`` names, else the operating system's place for caches."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_cache_path("pytest-fmbench", appauthor=False)


def place_of(weights: PinnedWeights, cache: Path) -> Path:
    """Where the file lies below ``cache``, whether or not it is there. The hash keeps versions apart."""
    return cache.absolute() / "weights" / weights.sha256[:16] / weights.file_name


def flaw(path: Path, weights: PinnedWeights) -> str | None:
    """What keeps ``path`` from being the pinned file, as the end of a sentence about it; None when it is that file.

    Reads the whole file, since neither its size nor its date would show a changed byte.
    """
    if not path.is_file():
        return "is missing"
    size = path.stat().st_size
    if size != weights.size:
        return f"has {size} bytes instead of {weights.size}"
    found = sha256_of(path)
    return None if found == weights.sha256 else f"has sha256 {found} instead of {weights.sha256}"


def sha256_of(path: Path) -> str:
    """Of the file's bytes, in lowercase hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in chunks(file):
            digest.update(chunk)
    return digest.hexdigest()


def chunks(source: IO[bytes]) -> Iterator[bytes]:
    """The rest of ``source``, a mebibyte at a time."""
    return iter(partial(source.read, _CHUNK_BYTES), b"")


@contextmanager
def alone(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Keeps every other process and thread that asks for the same ``folder`` out.

    :param waiting: called once, if somebody else is inside and we have to wait.
    """
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
