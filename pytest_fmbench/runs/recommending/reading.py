"""What sessions say of the deployments that they measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_fmbench.errors import StoreError, UsageError
from pytest_fmbench.store.session import SESSION, is_session, read_json

Plain = dict[str, Any]

_NEEDED = ("deployment", "workload", "sla", "rate", "curves", "limits", "why")


@dataclass(frozen=True)
class Session:
    """The files of a session, read.

    :param begun: when, as ISO 8601; empty where it does not say.
    :param capacities: of each search, as :func:`pytest_fmbench.runs.capacities.told.told` tells it.
    :param cases: summaries of single runs.
    :param qualities: of answers.
    """

    folder: Path
    begun: str = ""
    capacities: list[Plain] = field(default_factory=list)
    cases: list[Plain] = field(default_factory=list)
    qualities: list[Plain] = field(default_factory=list)


def sessions_in(folders: Sequence[Path]) -> list[Session]:
    """The sessions that ``folders`` are, each once; of a folder of sessions the newest.

    :raises UsageError: for a folder that is none.
    :raises StoreError: for a file that cannot be read, or that another version wrote.
    """
    chosen = dict.fromkeys(_session_in(folder).resolve() for folder in folders)
    return [_read(folder) for folder in chosen]


def _session_in(folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; give a session, or a folder of sessions")
    sessions = [folder] if is_session(folder) else sorted(filter(is_session, folder.iterdir()))
    if not sessions:
        raise UsageError(f"{folder} holds no session: looked for {SESSION}")
    return sessions[-1]  # their names sort by time


def _read(folder: Path) -> Session:
    told = read_json(folder / SESSION) if (folder / SESSION).exists() else {}
    return Session(
        folder,
        str(told.get("begun", "")),
        [_whole(path) for path in sorted(folder.glob("capacities/*/capacity.json"))],
        [*_cases(folder)],
        [read_json(path) for path in sorted(folder.glob("qualities/*/quality.json"))],
    )


def _whole(path: Path) -> Plain:
    found = read_json(path)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise StoreError(f"{path} lacks {', '.join(missing)}: another version wrote it; measure it again")
    return found


def _cases(folder: Path) -> Iterator[Plain]:
    """Those that were judged."""
    for path in sorted(folder.glob("cases/*/case.json")):
        found = read_json(path)
        if found.get("verdicts") and not found.get("invalid") and "deployment" in found:
            yield found
