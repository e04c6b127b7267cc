"""Which commit a session was made from, so that figures can be told apart by it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

_PATIENCE_S = 10


def commit_of(folder: Path) -> dict[str, Any] | None:
    """The commit that is checked out in ``folder``: ``id``, ``time``, ``branch``, and whether files differ, ``dirty``.

    None where there is no repository, or no git.
    """
    found = _git(folder, "log", "-1", "--format=%H%n%cI")
    if not found:
        return None
    name, time = found.splitlines()
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"id": name, "time": time, "branch": _git(folder, "branch", "--show-current"), "dirty": bool(changed)}


def _git(folder: Path, *arguments: str) -> str | None:
    """What it says; None where it cannot be asked."""
    try:
        done = subprocess.run(
            ("git", "-C", str(folder), *arguments),  # noqa: S607  # the user's own, wherever it is
            check=True,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
