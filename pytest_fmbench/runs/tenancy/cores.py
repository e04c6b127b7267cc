"""The cores that generate load, which sessions and workers of one machine take in turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from pytest_fmbench.platforms.base import Progress

BESIDE = 1
"""Cores that a run needs beside one a load worker: the decoder's."""


@dataclass(frozen=True)
class Cores:
    """Who may measure on this machine. To start servers elsewhere takes no turn.

    Turns are file locks, which the kernel frees when their process dies.

    :param folder: for the locks, of all sessions of this machine.
    :param slots: how many runs may generate load at once.
    """

    folder: Path
    slots: int
    say: Progress

    @contextmanager
    def taken(self, *, whole: bool) -> Iterator[None]:
        """Wait for a turn, and hold it while the context lasts.

        Where there can be no locks, that is said, and measuring goes on: what others do shows in the certificate.

        :param whole: nobody else may measure meanwhile, as where the server runs on this machine too.
        """
        with ExitStack() as held:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                locks = [FileLock(self.folder / f"{nth}.lock") for nth in range(self.slots)]
                # all in one order, so that no two wait for each other
                for lock in locks if whole else [_first_free(locks)]:
                    self._wait_for(lock)
                    held.callback(lock.release)
            except OSError as error:
                self.say(f"others may measure on this machine at the same time: no locks in {self.folder}: {error}")
            yield

    def _wait_for(self, lock: FileLock) -> None:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.say("waiting until others on this machine have measured")
            lock.acquire()


def slots_of(cores: int, workers: int) -> int:
    """How many runs of so many load workers ``cores`` bear at once; one at least."""
    return max(1, cores // (workers + BESIDE))


def _first_free(locks: Sequence[FileLock]) -> FileLock:
    """One that nobody held just now, else the first."""
    return next(filter(_is_free, locks), locks[0])


def _is_free(lock: FileLock) -> bool:
    try:
        with lock.acquire(timeout=0):
            return True
    except Timeout:
        return False
