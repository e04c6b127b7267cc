"""Lines about a download instead of the bars that the hub's library draws."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from pytest_fmbench.weights.pinned import megabytes
from pytest_fmbench.weights.workspace import Progress

_BARS = ("huggingface_hub.http_get", "huggingface_hub.xet_get")
_LINES = 20


@contextmanager
def without_bars() -> Iterator[None]:
    """The library draws no bar of a download inside, and afterwards as before.

    A ``HF_HUB_DISABLE_PROGRESS_BARS`` that is set, either way, is the user's word and stays.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    with ExitStack() as afterwards:
        for bars in _BARS:
            if constants.HF_HUB_DISABLE_PROGRESS_BARS is None and not are_progress_bars_disabled(bars):
                disable_progress_bars(bars)
                afterwards.callback(enable_progress_bars, bars)
        yield


def telling(progress: Progress) -> dict[str, Any]:
    """Arguments that make ``hf_hub_download`` tell how far it is; none where it is too old to be asked that."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import tqdm

    if "tqdm_class" not in inspect.signature(hf_hub_download).parameters:
        return {}
    told = _Told(progress)

    class Meter(tqdm):
        """A bar of the library's own kind, so that it may be asked whatever releases ask of one."""

        def update(self, n: float | None = 1) -> bool | None:
            drawn: bool | None = super().update(n)
            if self.disable:  # then nobody has counted
                self.n += n or 0
            told.reached(int(self.n), self.total)
            return drawn

    return {"tqdm_class": Meter}


class _Told:
    """What has been told, over all bars of a download: one may have two, for the network and for the disk."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._steps = progress, 0

    def reached(self, size: int, total: int | None) -> None:
        steps = min(size, total) * _LINES // total if total else 0
        if total and steps > self._steps:
            self._steps = steps
            self._progress(f"fetched {megabytes(min(size, total))} of {megabytes(total)} MB")
