"""From a Hugging Face id to a file, by the hub's own library and in its own cache.

Its cache, locks, tokens and environment variables are its users' everyday; nothing is added to them here. A download is
written beside its final place and renamed when it has its full size, so an interrupted one is never taken for the file.
"""

from __future__ import annotations

from pathlib import Path

from pytest_fmbench.errors import FetchError, UsageError
from pytest_fmbench.weights.hub_choice import choose, matching
from pytest_fmbench.weights.hub_faults import fault_of, hub_errors, hub_faults, hub_host
from pytest_fmbench.weights.hub_id import HubId
from pytest_fmbench.weights.hub_progress import telling, without_bars
from pytest_fmbench.weights.local import gguf_problem
from pytest_fmbench.weights.pinned import megabytes
from pytest_fmbench.weights.workspace import Progress


def fetch_from_hub(wanted: HubId, quantization: str | None, progress: Progress) -> Path:
    """The wanted GGUF file in the hub's cache, downloaded unless the newest one is there.

    Where the Hub cannot be asked, what the cache holds is used, and said.

    :param quantization: a word of the file's name in any case; None is the only GGUF file.
    :raises UsageError: no such repository or file, several that fit, or the hub's library is not installed.
    :raises FetchError: it could not be fetched, or is no GGUF file.
    """
    _library_must_be_here(wanted)
    with hub_faults(str(wanted)):
        path = _found(wanted, quantization, progress)
    problem = gguf_problem(path)
    if problem:
        raise FetchError(
            f"model {str(wanted)!r}: {path.name}, as the hub's cache holds it, {problem}. Choose another file; if it "
            f"was damaged on this machine, delete {path.resolve()} to have it fetched anew"
        )
    return path


def _library_must_be_here(wanted: HubId) -> None:
    try:
        import huggingface_hub  # noqa: F401  # only to see whether it can be
    except ImportError as error:
        raise UsageError(
            f"model {str(wanted)!r}: no file here has that path, and fetching it from the Hugging Face Hub needs "
            f"huggingface_hub ({error}): pip install 'pytest-fmbench[hf]', or pass the path of a GGUF file"
        ) from error


def _found(wanted: HubId, quantization: str | None, progress: Progress) -> Path:
    try:
        commit, sizes = _offered(wanted)
    except hub_errors() as error:
        kept = _kept(wanted)
        if not matching(kept, wanted, quantization):
            raise
        path = kept[choose(kept, wanted, quantization)]
        progress(f"{wanted}: {fault_of(error).happened}; using {path.name} of the hub's cache")
        return path
    name = choose(sizes, wanted, quantization)
    return _downloaded(wanted, name, commit, sizes[name], progress)


def _offered(wanted: HubId) -> tuple[str | None, dict[str, int | None]]:
    """The newest commit of the repository, and the sizes of its files as far as the Hub tells them."""
    from huggingface_hub import HfApi, constants

    # The library's default is to wait for ever; this is the time that it gives the same question about one file.
    info = HfApi().model_info(wanted.repository, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    return info.sha, {file.rfilename: file.size for file in info.siblings or ()}


def _kept(wanted: HubId) -> dict[str, Path]:
    """The files of the repository in the hub's cache, as they were when it was last asked."""
    from huggingface_hub import CacheNotFound, constants, scan_cache_dir

    try:
        repositories = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except CacheNotFound:
        return {}
    revisions = (
        one.refs.get("main") for one in repositories if (one.repo_type, one.repo_id) == ("model", wanted.repository)
    )
    return {
        file.file_path.relative_to(revision.snapshot_path).as_posix(): file.file_path
        for revision in revisions
        if revision is not None
        for file in revision.files
    }


def _downloaded(wanted: HubId, name: str, commit: str | None, size: int | None, progress: Progress) -> Path:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    there = isinstance(try_to_load_from_cache(wanted.repository, name, revision=commit), str)
    label = f"{wanted.repository}/{name}"
    if not there:
        progress(f"fetching {label}{f' ({megabytes(size)} MB)' if size else ''} from {hub_host()}, once")
    with without_bars():
        # By branch even though the commit is known: this way the cache can answer for the branch without a network.
        path = Path(hf_hub_download(wanted.repository, name, **telling(progress)))
    if not there:
        progress(f"{label} is now at {path}")
    return path
