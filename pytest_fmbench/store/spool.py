"""The crash-safe spool: finished exchanges, and tasks, appended raw, readable while it grows and after a crash.

A file is a run of frames, as :mod:`~pytest_fmbench.store.frame` lays them out. One frame is one ``write``, so a SIGKILL
loses only what was in flight. What there is of a torn last frame is not there yet.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pytest_fmbench.errors import StoreError
from pytest_fmbench.model.exchange import Exchange
from pytest_fmbench.model.task import TaskRecord
from pytest_fmbench.store.frame import FRAME, MAGIC, TASK, pack, pack_task, unpack, unpack_task

_BLOCK = 2**20
_KNOWN = (MAGIC, TASK)


class SpoolWriter:
    """Appends exchanges to a file. Not for two writers at once.

    :raises StoreError: when the file cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise StoreError(f"cannot open the spool {path}: {error}") from error

    def close(self) -> None:
        """Close the file; what was appended is already there."""
        os.close(self._fd)

    def append(self, exchange: Exchange) -> None:
        """Write one exchange."""
        self._write(pack(exchange))

    def append_task(self, task: TaskRecord) -> None:
        """Write one task."""
        self._write(pack_task(task))

    def _write(self, frame: bytes) -> None:
        try:
            written = os.write(self._fd, frame)
        except OSError as error:
            raise StoreError(f"cannot write the spool {self.path}: {error}; is the disk full?") from error
        if written != len(frame):
            raise StoreError(f"the spool {self.path} took {written} of {len(frame)} bytes; is the disk full?")


class SpoolReader:
    """Reads a file that may still grow, one exchange in memory at a time.

    :ivar tasks: those that were met while exchanges were taken.
    :raises StoreError: when the file cannot be read, or is damaged other than at its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = self._size = 0
        self.tasks: list[TaskRecord] = []
        try:
            self._file = path.open("rb", buffering=_BLOCK)
        except OSError as error:
            raise StoreError(f"cannot read the spool {path}: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def take(self) -> Iterator[Exchange]:
        """The exchanges that are there and have not been taken, oldest first."""
        while True:
            try:
                frame = self._next()
            except OSError as error:
                raise StoreError(f"cannot read the spool {self.path}: {error}") from error
            if frame is None:
                return
            magic, payload = frame
            if magic == MAGIC:
                yield unpack(payload)
            else:
                self.tasks.append(unpack_task(payload))

    def _next(self) -> tuple[bytes, bytes] | None:
        """What the next frame begins with, and its payload, or None while not all of it is there."""
        begin = self._at + FRAME.size
        if not self._holds(begin):
            return None
        magic, checksum, length = FRAME.unpack(self._file.read(FRAME.size))
        if magic in _KNOWN and not self._holds(begin + length):
            self._file.seek(self._at)
            return None
        payload = self._file.read(length) if magic in _KNOWN else b""
        if magic not in _KNOWN or zlib.crc32(payload) != checksum:
            raise StoreError(f"the spool {self.path} is damaged at byte {self._at}")
        self._at = begin + length
        return magic, payload

    def _holds(self, size: int) -> bool:
        if size > self._size:
            self._size = os.fstat(self._file.fileno()).st_size
        return size <= self._size


def read_spool(path: Path) -> Iterator[Exchange]:
    """The exchanges of a spool, oldest first, up to a torn last frame.

    :raises StoreError: when the file cannot be read, or is damaged other than at its end.
    """
    with closing(SpoolReader(path)) as reader:
        yield from reader.take()
