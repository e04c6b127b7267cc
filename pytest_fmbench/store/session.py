"""A session's folder and what it was made with."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from pytest_fmbench.clock import wall_iso
from pytest_fmbench.errors import StoreError
from pytest_fmbench.store.commit import commit_of

SESSION = "session.json"
"""What a session was made with, in its folder."""

_LONGEST_NAME = 120
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?")
_PACKAGES = ("pytest-fmbench", "pytest", "httpx", "httptools", "numpy", "pyarrow")


def new_session_name() -> str:
    """A name that sorts by time and that no two sessions share."""
    return re.sub(r"[:.]", "", wall_iso()[:19]) + "Z-" + uuid4().hex[:6]


def is_session(folder: Path) -> bool:
    """Whether ``folder`` is what a session left."""
    return (folder / SESSION).is_file() or (folder / "cases").is_dir()


def file_name(text: str) -> str:
    """``text`` as a file name: readable, safe on every system, different for different texts."""
    plain = re.sub(r"[^A-Za-z0-9_.,=+()-]+", "_", text).strip("_.")
    if plain and plain == text.lower() and len(plain) <= _LONGEST_NAME and not _DEVICE.fullmatch(plain):
        return plain
    return f"{plain[:_LONGEST_NAME]}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def beside(case: Path, kind: str, nth: int) -> Path:
    """Where the records of a case's comparison or search lie: beside those of its runs, which reports go through.

    :param case: folder of the case's own records.
    :param kind: name of the folder of all such.
    :param nth: so many the case has had before.
    """
    return case.parent.with_name(kind) / (f"{case.name}.{nth + 1}" if nth else case.name)


def round_folder(case: Path, nth: int) -> Path:
    """Where the records of a case's round lie until its run is whole."""
    return case / f"round.{nth}"


def round_folders(case: Path) -> list[Path]:
    """Those that there are."""
    return sorted(path for path in case.glob("round.*") if path.is_dir())


def provenance(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a session's numbers were made with: when, versions, machine, commit, options."""
    return {
        "begun": wall_iso(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "machine": {
            "system": platform.platform(),
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
        },
        "commit": commit_of(Path.cwd()),
        "options": dict(options),
    }


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content``, whole or not at all.

    :raises StoreError: when it cannot be written.
    """
    draft = path.with_name(f"{path.name}.{uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}") from error


def read_json(path: Path) -> dict[str, Any]:
    """What :func:`write_json` wrote.

    :raises StoreError: when it cannot be read, or is something else.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise StoreError(f"cannot read {path}: it holds no JSON object")
    return content
