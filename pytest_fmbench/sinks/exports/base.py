"""What is exported, and what an export is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Summary = Mapping[str, Any]


@dataclass(frozen=True)
class Exported:
    """A session, as its exports are given it.

    :param summaries: of the runs that could be judged; ``case`` of each is its node id, as far as that is known.
    :param folders: where the records of each lie.
    :param answers: files of answers that were marked.
    :param session: what it was made with, as in ``session.json``; may be empty.
    """

    summaries: Sequence[Summary]
    folders: Sequence[Path]
    answers: Sequence[Path]
    session: Mapping[str, Any]


@dataclass(frozen=True)
class Export:
    """A form that a session can be written in.

    :param output: where it is written unless something else is said: a file, or a folder of several.
    :param help: what it is for, in a line.
    :param write: writes it; returns what was written, in words.
    """

    output: str
    help: str
    write: Callable[[Exported, Path], str]
