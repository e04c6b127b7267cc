"""Weights that the user names by path."""

from __future__ import annotations

import stat
from pathlib import Path

from pytest_fmbench.errors import UsageError
from pytest_fmbench.weights.hub_id import hub_id_of

MAGIC = b"GGUF"
HEADER_BYTES = 24
"""Magic, version and two counts: no GGUF file is shorter."""


def names_a_path(model: str) -> bool:
    """Whether ``model`` is meant as the path of a file. What could also be a Hugging Face id is one if it exists."""
    separated = "/" in model or "\\" in model
    if hub_id_of(model) is not None:
        return _exists(Path(model))
    return separated or model.lower().endswith(".gguf")


def local_gguf(model: str) -> Path:
    """The GGUF file at path ``model`` (``~`` is the home folder), looked at as far as its header.

    :raises UsageError: nothing is there, it cannot be read, or it does not start with a whole GGUF header.
    """
    path = Path(model).expanduser().absolute()
    problem = gguf_problem(path)
    if problem:
        raise UsageError(f"model {model!r}: {path} {problem}. Pass the path of a GGUF file, or a known model's name")
    return path


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except OSError:  # Path.exists() lets some of them through
        return False
    return True


def gguf_problem(path: Path) -> str | None:
    """What keeps ``path`` from being a GGUF file, as the end of a sentence about it; None when it looks like one."""
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
