"""Sessions behind a URL, such as ``s3://bucket/benchmarks``: copies of folders, by way of fsspec.

Records are never written there first: a spool must be where a crash leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.store.session import SESSION

_NOT_YET = re.compile(r"(^|/)(spool(\.\d+)?|[^/]*\.part|lock|[^/]*\.lock)$")
"""Files that belong to what is still going on."""

_OBJECTS = frozenset(("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci"))
"""Protocols of stores that have no folders."""


class Remote:
    """A folder behind a URL.

    :param url: in any form that fsspec knows; credentials come from the environment, as that file system takes them.
    :raises UsageError: where fsspec, or what it needs for that URL, is not installed, or the URL holds a password.
    """

    def __init__(self, url: str) -> None:
        if urlsplit(url).password:
            raise UsageError(
                "a URL for records may hold no password, since it stands in them: give it in the environment, as that "
                "file system takes it"
            )
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise UsageError(f"{url}: python -m pip install 'pytest-fmbench[url]' brings what copies to URLs") from None
        try:
            self._files, root = url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{url}: {error}") from error
        self.url, self._root = url.rstrip("/"), str(root).rstrip("/")
        self._sent: dict[str, tuple[int, int]] = {}

    def begin(self, name: str, told: str) -> None:
        """Leave a first file in folder ``name``, so that nobody pays for what cannot be stored.

        :raises StoreError: when it cannot be written.
        """
        with self._door(f"cannot write to {self.url}"):
            self._make(f"{self._root}/{name}")
            self._files.pipe_file(f"{self._root}/{name}/begun", told.encode())

    def send(self, folder: Path) -> int:
        """Copy what is new or has changed in ``folder``, under its name; returns how many files these were.

        What is still being written is left for later: spools, drafts and locks.

        :raises StoreError: when one cannot be copied.
        """
        count = 0
        with self._door(f"cannot copy {folder} to {self.url}"):
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                name = PurePosixPath(folder.name, path.relative_to(folder).as_posix()).as_posix()
                now = (path.stat().st_size, path.stat().st_mtime_ns)
                if _NOT_YET.search(name) or self._sent.get(name) == now:
                    continue
                target = f"{self._root}/{name}"
                self._make(target.rpartition("/")[0])
                self._files.put_file(str(path), target)
                self._sent[name] = now
                count += 1
        return count

    def fetch_newest(self, target: Path) -> Path:
        """Copy the session here into ``target``, of a folder of sessions the newest; returns where it lies.

        :raises UsageError: where there is none.
        :raises StoreError: when one cannot be copied.
        """
        with self._door(f"cannot read {self.url}"):
            chosen = self._root if self._files.exists(f"{self._root}/{SESSION}") else self._newest()
            name = chosen.rpartition("/")[2] or "session"
            if chosen:
                self._files.get(chosen, str(target / name), recursive=True)
        if not chosen:
            raise UsageError(f"{self.url} holds no session: looked for {SESSION}, there and one folder below")
        return target / name

    def _newest(self) -> str:
        """The folder of the newest session; empty where there is none."""
        found: list[Any] = self._files.ls(self._root, detail=False) if self._files.exists(self._root) else []
        folders = sorted((str(one).rstrip("/") for one in found), reverse=True)  # their names sort by time
        return next((one for one in folders if self._files.exists(f"{one}/{SESSION}")), "")

    def _make(self, folder: str) -> None:
        """Make a folder where there are some: of a store of objects that would make a bucket, of which no one spoke."""
        protocols = self._files.protocol
        if not _OBJECTS & {*([protocols] if isinstance(protocols, str) else protocols)}:
            self._files.makedirs(folder, exist_ok=True)

    @contextmanager
    def _door(self, problem: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each file system raises its own; none of it is a bug of ours
            raise StoreError(f"{problem}: {type(error).__name__}: {error}") from error
