"""Models as folders, as Hugging Face has them, made once of files that are pinned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pytest_fmbench.errors import FetchError, NotAllowed
from pytest_fmbench.stacks.base import AS_FOLDER, interpreter, interpreter_variable
from pytest_fmbench.weights import to_folder
from pytest_fmbench.weights.cache import CACHE_VARIABLE, alone
from pytest_fmbench.weights.pinned import PinnedWeights, find_pinned
from pytest_fmbench.weights.workspace import Progress, workspace_in

_RECIPE = 1
"""Counted up when what is made of a file changes."""
_NEEDS = "transformers>=5.19 with torch, accelerate and gguf"


@dataclass(frozen=True)
class MadeFolder:
    """A folder of weights in bfloat16.

    :param source: the file that it is made of.
    """

    source: PinnedWeights

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.source.model} {AS_FOLDER}"

    def place(self, cache: Path) -> Path:
        """Where it lies below ``cache``, whether or not it is there. The hash of what it is made of is part of it."""
        return cache.absolute() / "folders" / f"{self.source.sha256[:16]}-{_RECIPE}" / self.source.model


def made_folder(model: str, quantization: str | None) -> MadeFolder | None:
    """The folder known as ``model``; None where none is asked for.

    :raises UnknownName: no such model.
    """
    return MadeFolder(find_pinned(model)) if quantization == AS_FOLDER else None


def make(made: MadeFolder, source: Callable[[], Path], *, cache: Path, progress: Progress) -> Path:
    """The folder below ``cache``, made unless it is there. It appears whole, however many ask for it.

    :param source: finds the file; not called when the folder is there.
    :raises NotAllowed: where what makes it is not installed.
    :raises FetchError: when it could not be made, or its file not be had.
    """
    path = made.place(cache)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with alone(path.parent, lambda: progress(f"waiting: another process is making {made.label}")):
                if not path.exists():  # whoever had the lock before us may have made it
                    _make(made, source(), path, progress)
    except OSError as error:
        raise FetchError(
            f"{made.label} cannot be kept at {path}: {error}. Make room or mend the permissions, or name another "
            f"folder in {CACHE_VARIABLE}"
        ) from error
    return path


def _make(made: MadeFolder, source: Path, path: Path, progress: Progress) -> None:
    python = interpreter("transformers")
    with workspace_in(path.parent, progress) as workspace:
        progress(f"making {made.label} of {source.name}, once")
        target = workspace.folder / made.source.model
        finished = workspace.run((python, to_folder.__file__, str(source), str(target)))
        if finished.returncode == to_folder.LACKING:
            raise NotAllowed(
                f"{made.label} is made with {_NEEDS}, which {python} has not ({' '.join(finished.last_lines)}): "
                f"pip install 'transformers[torch]>=5.19' gguf, or name a Python that has it in "
                f"{interpreter_variable('transformers')}"
            )
        if not finished.ok:
            raise FetchError(f"{made.label} could not be made with {python}\n  its last lines:\n{finished.shown()}")
        target.rename(path)
    progress(f"{made.label} is now at {path}")
