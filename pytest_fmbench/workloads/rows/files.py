"""Files that hold rows: which, and how they are told apart from what they were."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pytest_fmbench.errors import UsageError

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Files:
    """A file, or all in a folder that end in ``suffixes``.

    :param stamp: size and time of all, by which what was written anew is told apart.
    """

    path: Path
    suffixes: tuple[str, ...]
    stamp: tuple[int, int]

    @property
    def folder(self) -> Path:
        """The one that holds the file."""
        return self.path if self.path.is_dir() else self.path.parent

    def each(self) -> list[Path]:
        """The files, in the order of their names.

        :raises UsageError: when there is none.
        """
        if not self.path.is_dir():
            return [self.path]
        found = [one for one in sorted(self.path.rglob("*")) if one.name.endswith(self.suffixes) and one.is_file()]
        if not found:
            raise UsageError(f"{self.path} holds no file that ends in {' or '.join(self.suffixes)}")
        return found


def files_of(kind: str, path: str | Path, *suffixes: str) -> Files:
    """The files at ``path``; a relative one begins where pytest was started.

    :param kind: what the function is called that was asked for them.
    :raises UsageError: when there is nothing.
    """
    where = Path(path).absolute()
    try:
        there = [one.stat() for one in (where, *(where.rglob("*") if where.is_dir() else ()))]
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{kind}({str(path)!r}): {where} cannot be read: {why}") from error
    return Files(where, suffixes, (sum(one.st_size for one in there), max(one.st_mtime_ns for one in there)))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where it is gzipped.

    :raises UsageError: when it cannot be read, also later, or is cut off.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(len(_GZIP)) == _GZIP
            plain.seek(0)
            yield cast("BinaryIO", gzip.GzipFile(fileobj=plain)) if packed else plain
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is cut off or damaged: {error}; fetch it again") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
