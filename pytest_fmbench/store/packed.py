"""A baseline as one file: a zip archive whose members are a session's files, stored as they are.

Its first member, ``baseline.json``, says which version it is of. Nothing is ever extracted: members are read into
memory, one case at a time, under names that we make up ourselves. Nothing is compressed (tables are already), so that
what a member takes is no more than what the file has.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import Any

from pytest_fmbench.errors import StoreError
from pytest_fmbench.store.session import read_json

VERSION = 1
SESSION, SUMMARY, TABLE = "session.json", "case.json", "requests.parquet"
TELEMETRY, TASKS = "telemetry.parquet", "tasks.parquet"
"""Of a case that was sampled; of one whose workload is one of sessions."""

_MANIFEST = "baseline.json"
_MEMBER = re.compile(rf"cases/([^/\\]+)/({'|'.join(map(re.escape, (SUMMARY, TABLE, TELEMETRY, TASKS)))})")
_LONGEST_JSON = 1 << 24
_ENCRYPTED = 1
_DAMAGED = (OSError, EOFError, KeyError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile)
"""What reading a file raises that is no archive, a broken one, or one that somebody else made."""


def pack(target: Path, manifest: Mapping[str, Any], session: Path, cases: Sequence[Path]) -> None:
    """Write ``target``.

    :param manifest: what to say of it beside its version.
    :param session: its ``session.json``.
    :param cases: folders, each with its two files, and those of the others that there are.
    :raises StoreError: when a file cannot be read or written.
    """
    try:
        with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as archive:
            archive.writestr(_MANIFEST, json.dumps({"version": VERSION, **manifest}, indent=2, allow_nan=False))
            _add(archive, SESSION, session)
            for case in cases:
                others = [name for name in (TELEMETRY, TASKS) if (case / name).exists()]
                for name in (SUMMARY, TABLE, *others):
                    _add(archive, f"cases/{case.name}/{name}", case / name)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error}") from error


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    # without its date, which a folder of 1979 or none would make unfit for the format
    with path.open("rb") as source, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
        copyfileobj(source, member)


class Packed:
    """A baseline in a file.

    :raises StoreError: for a file that is none, is damaged, or of another version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._opened() as archive:
            self.manifest = self._checked(archive)
            self.cases = frozenset(_cases_of(archive))
        self.name = str(self.manifest.get("name") or path.name)

    def summary(self, case: str) -> dict[str, Any]:
        """The case's ``case.json``.

        :raises StoreError: when it cannot be read.
        """
        with self._opened() as archive:
            return _json(archive, f"cases/{case}/{SUMMARY}")

    def table(self, case: str) -> io.BytesIO:
        """The bytes of its table.

        :raises StoreError: when they cannot be read, or are not those that were written.
        """
        with self._opened() as archive:
            return io.BytesIO(archive.read(f"cases/{case}/{TABLE}"))

    def telemetry(self, case: str) -> io.BytesIO | None:
        """The bytes of its telemetry; None where it was not sampled.

        :raises StoreError: as :meth:`table`.
        """
        return self._member(f"cases/{case}/{TELEMETRY}")

    def tasks(self, case: str) -> io.BytesIO | None:
        """The bytes of its tasks; None of a workload of single requests.

        :raises StoreError: as :meth:`table`.
        """
        return self._member(f"cases/{case}/{TASKS}")

    def _member(self, name: str) -> io.BytesIO | None:
        with self._opened() as archive:
            return io.BytesIO(archive.read(name)) if name in archive.namelist() else None

    def where(self, case: str) -> str:
        """How messages call the table."""
        return f"{self._path}: cases/{case}/{TABLE}"

    def _checked(self, archive: zipfile.ZipFile) -> dict[str, Any]:
        names = archive.namelist()
        if _MANIFEST not in names:
            raise StoreError(f"{self._path} is no baseline: it holds no {_MANIFEST}; fmbench baseline save makes one")
        manifest = _json(archive, _MANIFEST)
        if manifest.get("version") != VERSION:
            raise StoreError(
                f"{self._path} is a baseline of version {manifest.get('version')!r}, and this is version {VERSION}: "
                "save it again with this version, or use the one that wrote it"
            )
        strange = [one for one in names if one not in (_MANIFEST, SESSION) and not _MEMBER.fullmatch(one)]
        if strange:
            raise StoreError(f"{self._path} is no baseline that we wrote: it holds {strange[0]!r}")
        if len(names) != len({*names}) or not all(map(_is_as_written, archive.infolist())):
            raise StoreError(f"{self._path} is no baseline that we wrote: members occur twice, or are packed")
        return manifest

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self._path) as archive:
                yield archive
        except _DAMAGED as error:
            raise StoreError(f"cannot read the baseline {self._path}: {error or type(error).__name__}") from error


def _is_as_written(member: zipfile.ZipInfo) -> bool:
    """What is stored takes as much as it holds, so a lie about its size would ask for memory that the file has not."""
    return (
        member.compress_type == zipfile.ZIP_STORED
        and member.file_size == member.compress_size
        and not member.flag_bits & _ENCRYPTED
    )


def _cases_of(archive: zipfile.ZipFile) -> Iterator[str]:
    """Those of which both files are there."""
    found = {match.groups() for match in map(_MEMBER.fullmatch, archive.namelist()) if match}
    return (case for case, name in found if name == SUMMARY and (case, TABLE) in found)


def _json(archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    if archive.getinfo(name).file_size > _LONGEST_JSON:
        raise ValueError(f"{name} is longer than {_LONGEST_JSON} bytes")
    content = json.loads(archive.read(name))
    if not isinstance(content, dict):
        raise ValueError(f"{name} holds no JSON object")  # noqa: TRY004  # it is the file's value, not our type
    return content


class Kept:
    """A session's folder, used as a baseline as it lies.

    :param folder: of the session; ``cases`` are the names of the folders of its cases.
    """

    def __init__(self, folder: Path, cases: frozenset[str]) -> None:
        self._folder, self.cases, self.name = folder, cases, folder.name

    def summary(self, case: str) -> dict[str, Any]:
        """The case's ``case.json``.

        :raises StoreError: when it cannot be read.
        """
        return read_json(self._folder / "cases" / case / SUMMARY)

    def table(self, case: str) -> Path:
        """Where its table is."""
        return self._folder / "cases" / case / TABLE

    def telemetry(self, case: str) -> Path | None:
        """Where its telemetry is; None where it was not sampled."""
        return self._file(case, TELEMETRY)

    def tasks(self, case: str) -> Path | None:
        """Where its tasks are; None of a workload of single requests."""
        return self._file(case, TASKS)

    def _file(self, case: str, name: str) -> Path | None:
        path = self._folder / "cases" / case / name
        return path if path.exists() else None

    def where(self, case: str) -> str:
        """How messages call the table."""
        return str(self.table(case))


Stored = Packed | Kept
"""A baseline, wherever it is."""
