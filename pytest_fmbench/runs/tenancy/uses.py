"""Which processes use a lease, so that the last one releases it."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from pytest_fmbench.errors import StoreError


class Uses:
    """Each process holds a lock of its own a lease, which the kernel frees when it dies, however it does.

    Whoever asks must keep others from beginning meanwhile, as :meth:`~pytest_fmbench.spend.leases.Leases.alone` does.

    :param folder: for the locks, of all sessions of this machine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, FileLock] = {}

    def begin(self, lease: str) -> None:
        """This process uses the lease of that name.

        :raises StoreError: when that cannot be written.
        """
        if lease in self._held:
            return
        path = self._folder / f"{lease}.{os.getpid()}-{uuid4().hex[:8]}.lock"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path)
            lock.acquire(timeout=0)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error}") from error
        self._held[lease] = lock

    def end(self, lease: str) -> bool:
        """This process uses it no more; whether no other does either."""
        lock = self._held.pop(lease, None)
        if lock is not None:
            _forget(lock)
        return sum(map(_is_held, self._folder.glob(f"{lease}.*.lock"))) == 0


def _is_held(path: Path) -> bool:
    """Whether its process lives; the lock of one that died is removed."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    _forget(lock)
    return False


def _forget(lock: FileLock) -> None:
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
