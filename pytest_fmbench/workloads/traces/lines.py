"""The lines of a file, also of a gzipped one, one at a time."""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from pytest_fmbench.errors import UsageError

_GZIP = b"\x1f\x8b"
LONGEST = 32 << 20
"""Bytes that a line may have: four times the largest payload that SageMaker captures, in BASE64."""


def lines_of(path: Path) -> Iterator[bytes]:
    """Lines without their ends, of a file or of all ``*.jsonl`` and ``*.jsonl.gz`` in a folder; no empty ones.

    :raises UsageError: for a file that cannot be read, one that is cut off, or none that has lines.
    """
    if not path.is_dir():
        yield from _lines_of(path)
        return
    for one in sorted(path.rglob("*")):
        if one.name.endswith((".jsonl", ".jsonl.gz")) and one.is_file():
            yield from _lines_of(one)


def _lines_of(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as plain:
            packed = plain.read(len(_GZIP)) == _GZIP
            plain.seek(0)
            yield from _lines(path, cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else plain)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error


def _lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    whole = 0
    try:
        while line := file.readline(LONGEST):
            if len(line) == LONGEST:
                raise UsageError(f"{path}: a line has more than {LONGEST >> 20} MiB: is it a file of lines?")
            stripped = line.removeprefix(BOM_UTF8).strip() if whole == 0 else line.strip()
            whole += 1
            if stripped:
                yield stripped
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(
            f"{path} is cut off or damaged: it cannot be unpacked beyond line {whole:,} ({error}); fetch it again"
        ) from error
