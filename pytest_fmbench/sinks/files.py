"""Files of reports, written whole or added to."""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.errors import StoreError


def write(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    draft = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


def append(path: Path, text: str) -> None:
    """Add ``text`` to ``path``, as to the file that ``$GITHUB_STEP_SUMMARY`` names, which a job's steps share.

    :raises StoreError: when it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error
