"""Weights that the user names by path."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from pytest_fmbench.errors import UsageError

MAGIC = b"GGUF"
HEADER_BYTES = 24
"""Magic, version and two counts: no GGUF file is shorter."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def names_a_path(model: str) -> bool:
    """Whether ``model`` can only be meant as the path of a file.

    :raises UsageError: it looks like a Hugging Face id, which nothing local can fetch yet.
    """
    if model.lower().endswith(".gguf"):
        return True
    if _HUB_ID.fullmatch(model) and not _exists(Path(model)):
        raise UsageError(
            f"model {model!r}: Hugging Face ids are not supported yet by local stacks, and no file here has that "
            "path. Pass the path of a GGUF file, or a known model's name"
        )
    return "/" in model or "\\" in model


def local_gguf(model: str) -> Path:
    """The GGUF file at path ``model`` (``~`` is the home folder), looked at as far as its header.

    :raises UsageError: nothing is there, it cannot be read, or it does not start with a whole GGUF header.
    """
    path = Path(model).expanduser().absolute()
    problem = _problem(path)
    if problem:
        raise UsageError(f"model {model!r}: {path} {problem}. Pass the path of a GGUF file, or a known model's name")
    return path


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except OSError:  # Path.exists() lets some of them through
        return False
    return True


def _problem(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            return "is a folder, not a file" if stat.S_ISDIR(mode) else "is not a regular file"
        with path.open("rb") as file:
            return _problem_of_header(file.read(HEADER_BYTES))
    except FileNotFoundError:
        return "does not exist"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _problem_of_header(head: bytes) -> str | None:
    if not head:
        return "is empty"
    if not head.startswith(MAGIC[: len(head)]):
        return f"is not a GGUF file: it starts with {head[:16]!r} instead of {MAGIC!r}"
    if len(head) < HEADER_BYTES:
        return f"is cut off after {len(head)} bytes; copy or download it again"
    return None
